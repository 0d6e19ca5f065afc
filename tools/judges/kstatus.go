package main

import (
	"context"

	flux "github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	upstream "sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// statuses are what the two kstatus libraries say.
type statuses struct {
	Flux     string `json:"flux"`
	Upstream string `json:"upstream"`
	Message  string `json:"message"`
}

func kstatus(object *unstructured.Unstructured) (statuses, error) {
	theirs, err := upstream.Compute(object)
	if err != nil {
		return statuses{}, err
	}
	result, err := flux.Compute(object)
	if err != nil {
		return statuses{}, err
	}
	return statuses{Flux: string(result.Status), Upstream: string(theirs.Status), Message: result.Message}, nil
}

// expressions are an entry of spec.healthCheckExprs of a Kustomization.
type expressions struct {
	InProgress string `json:"inProgress"`
	Failed     string `json:"failed"`
	Current    string `json:"current"`
}

func evaluate(object *unstructured.Unstructured, asked expressions) (string, error) {
	evaluator, err := cel.NewStatusEvaluator(&kustomize.HealthCheckExpressions{
		InProgress: asked.InProgress,
		Failed:     asked.Failed,
		Current:    asked.Current,
	})
	if err != nil {
		return "", err
	}
	result, err := evaluator.Evaluate(context.Background(), object)
	if err != nil {
		return "", err
	}
	return string(result.Status), nil
}
