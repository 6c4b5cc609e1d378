// Command kubernetes-yaml says what sigs.k8s.io/yaml, the reader of the API server and kubectl,
// makes of texts: the tables in tests/document/testdata.
//
//	kubernetes-yaml scalars   < texts > scalars.jsonl    [text, value of "v: <text>", key of "<text>: v"]
//	kubernetes-yaml documents < texts > documents.jsonl  [text, {"json": value}]
//
// Each input line is a text as a JSON string, or a row of a table, whose text is taken. What is
// refused is {"error": true}.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

const refused = `{"error":true}`

func main() {
	if len(os.Args) != 2 || (os.Args[1] != "scalars" && os.Args[1] != "documents") {
		fmt.Fprintln(os.Stderr, "usage: kubernetes-yaml scalars|documents < texts")
		os.Exit(2)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		text, err := textOf(lines.Bytes())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if os.Args[1] == "scalars" {
			fmt.Printf("[%s, %s, %s]\n", quote(text), scalar(text), key(text))
		} else {
			fmt.Printf("[%s, %s]\n", quote(text), document(text))
		}
	}
}

func textOf(line []byte) (string, error) {
	var text string
	if json.Unmarshal(line, &text) == nil {
		return text, nil
	}
	var row []json.RawMessage
	if err := json.Unmarshal(line, &row); err != nil {
		return "", err
	}
	return text, json.Unmarshal(row[0], &text)
}

func quote(text string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err) // a string always has a JSON form
	}
	return string(bytes.TrimSpace(out.Bytes()))
}

func members(text string) map[string]json.RawMessage {
	converted, err := yaml.YAMLToJSON([]byte(text))
	var object map[string]json.RawMessage
	if err != nil || json.Unmarshal(converted, &object) != nil {
		return nil
	}
	return object
}

func scalar(text string) string {
	if value, ok := members("v: " + text + "\n")["v"]; ok {
		return string(value)
	}
	return refused
}

func key(text string) string {
	object := members(text + ": v\n")
	if len(object) != 1 {
		return refused
	}
	for name := range object {
		return quote(name)
	}
	return refused
}

func document(text string) string {
	converted, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return refused
	}
	return fmt.Sprintf(`{"json":%s}`, converted)
}
