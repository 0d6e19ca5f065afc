{{- define "rolekeeper.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "rolekeeper.fullname" -}}
{{- $name := include "rolekeeper.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "rolekeeper.serviceAccountName" -}}
{{- default (ternary (include "rolekeeper.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- /* Through toYaml, which quotes what would else be a number: a release may be called 2024. */ -}}
{{- define "rolekeeper.selectorLabels" -}}
{{- dict "app.kubernetes.io/name" (include "rolekeeper.name" .) "app.kubernetes.io/instance" .Release.Name | toYaml -}}
{{- end -}}

{{- define "rolekeeper.operatorLabels" -}}
{{ include "rolekeeper.selectorLabels" . }}
app.kubernetes.io/component: operator
{{- end -}}

{{- define "rolekeeper.labels" -}}
{{- include "rolekeeper.labelsWith" (list . (dict)) -}}
{{- end -}}

{{- /* The usual labels and further ones, each key once: the further ones win over commonLabels, and these over the usual ones. Takes a
       list: root, map of labels. */ -}}
{{- define "rolekeeper.labelsWith" -}}
{{- $root := index . 0 -}}
{{- $usual := dict
  "app.kubernetes.io/version" $root.Chart.AppVersion
  "app.kubernetes.io/managed-by" $root.Release.Service
  "app.kubernetes.io/part-of" "rolekeeper"
  "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
-}}
{{- $selector := include "rolekeeper.selectorLabels" $root | fromYaml -}}
{{- merge (dict) $selector (index . 1 | default dict) ($root.Values.commonLabels | default dict) $usual | toYaml -}}
{{- end -}}

{{- define "rolekeeper.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- /* Seconds of a duration such as 1m30s. */ -}}
{{- define "rolekeeper.seconds" -}}
{{- $hours := regexFind "[0-9]+h" . | trimSuffix "h" | atoi -}}
{{- $minutes := regexFind "[0-9]+m" . | trimSuffix "m" | atoi -}}
{{- $seconds := regexFind "[0-9]+s" . | trimSuffix "s" | atoi -}}
{{- add (mul $hours 3600) (mul $minutes 60) $seconds -}}
{{- end -}}

{{- /* Where objects are looked after, without duplicates and in a fixed order; empty: everywhere. */ -}}
{{- define "rolekeeper.watchNamespaces" -}}
{{- .Values.watchNamespaces | uniq | sortAlpha | join "," -}}
{{- end -}}

{{- /* Where Secrets may be read; empty: everywhere. */ -}}
{{- define "rolekeeper.credentialsNamespaces" -}}
{{- concat .Values.watchNamespaces .Values.credentialsNamespaces | uniq | sortAlpha | join "," -}}
{{- end -}}

{{- /* One Role with its RoleBinding. Takes a list: root, namespace, suffix of the name, list of keys of files/rights.yaml. */ -}}
{{- define "rolekeeper.namespacedRights" -}}
{{- $root := index . 0 -}}
{{- $namespace := index . 1 -}}
{{- $name := printf "%s%s" (include "rolekeeper.fullname" $root) (index . 2) -}}
{{- $rights := $root.Files.Get "files/rights.yaml" | fromYaml -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name }}
  namespace: {{ $namespace | quote }}
  labels:
    {{- include "rolekeeper.labels" $root | nindent 4 }}
rules:
{{- range index . 3 }}
  {{- index $rights . | toYaml | nindent 2 }}
{{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name }}
  namespace: {{ $namespace | quote }}
  labels:
    {{- include "rolekeeper.labels" $root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "rolekeeper.serviceAccountName" $root }}
    namespace: {{ $root.Release.Namespace | quote }}
{{- end -}}
