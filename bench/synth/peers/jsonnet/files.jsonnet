// A YAML file an object, for `jsonnet -S -m OUT`.
function(objects) {
  [o.metadata.namespace + '.' + o.kind + '.' + o.metadata.name + '.yaml']: std.manifestYamlDoc(o, quote_keys=false)
  for o in (import 'pairs.libsonnet')(objects)
}
