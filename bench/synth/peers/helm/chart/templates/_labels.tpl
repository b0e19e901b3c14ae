{{- define "selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/part-of: {{ .app }}
{{- end }}
{{- define "labels" -}}
{{ include "selector" . }}
app.kubernetes.io/managed-by: {{ .managedBy }}
{{- end }}
