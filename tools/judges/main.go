// Command judge says what GitOps tools make of an object. It reads one JSON question per line and answers each with one line, with the
// code that those tools run: the Lua engine of Argo CD, with the libraries that Argo CD opens and no others; kstatus, as Flux and as
// other tools have it; and the health check expressions of Flux.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// question asks one of three things of an object: to run Script, to judge by Expressions, or, with neither, what kstatus says.
type question struct {
	Object      *unstructured.Unstructured `json:"object"`
	Script      string                     `json:"script"`
	Expressions *expressions               `json:"expressions"`
}

type answer struct {
	Value any    `json:"value,omitempty"`
	Error string `json:"error,omitempty"`
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		if err := answers.Encode(answerTo(line)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func answerTo(line []byte) answer {
	value, err := judge(line)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Value: value}
}

func judge(line []byte) (any, error) {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	switch {
	case asked.Script != "":
		return runLua(asked.Object, asked.Script)
	case asked.Expressions != nil:
		return evaluate(asked.Object, *asked.Expressions)
	default:
		return kstatus(asked.Object)
	}
}
