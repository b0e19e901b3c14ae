// One YAML stream.
function(objects) std.manifestYamlStream((import 'pairs.libsonnet')(objects), quote_keys=false)
