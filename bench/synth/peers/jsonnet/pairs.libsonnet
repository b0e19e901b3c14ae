// The same objects in Jsonnet: (number of objects) -> [manifest].
// Strings are added: `%` runs in Jsonnet's own library, and all of it took go-jsonnet ten times as long.
local charts = 10;
local managed = { 'app.kubernetes.io/managed-by': 'homeground' };

local web(app, number) =
  local name = 'web-' + std.substr('000' + number, std.length('' + number) - 1, 4);
  local selector = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': app };
  local labels = selector + managed;
  [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: name, namespace: app, labels: labels },
      spec: {
        replicas: 1 + number % 3,
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: labels },
          spec: { containers: [{
            name: 'web',
            image: 'registry.example.org/' + app + '/web:1.' + number % 10 + '.0',
            ports: [{ name: 'http', containerPort: 8000 + number % 1000 }],
            env: [
              { name: 'LOG_LEVEL', value: 'info' },
              { name: 'PUBLIC_URL', value: 'https://' + name + '.' + app + '.example.org' },
              { name: 'WORKERS', value: '' + (1 + number % 4) },
            ],
            resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
            readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10 },
          }] },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: name, namespace: app, labels: labels },
      spec: { selector: selector, ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }] },
    },
  ];

function(objects)
  local pairs = std.floor(objects / 2 / charts);
  std.flattenArrays([
    web('app-' + chart, chart * pairs + pair)
    for chart in std.range(0, charts - 1)
    for pair in std.range(0, pairs - 1)
  ])
