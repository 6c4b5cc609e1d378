package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"libmesh.test/peers/istio/internal/differ"
)

// answerer is libmesh's side of many questions: one process of answers.cc, started again after it ended.
type answerer struct {
	program string
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

func (a *answerer) start() (err error) {
	if a.command != nil {
		return nil
	}
	command := exec.Command(a.program, kinds...)
	command.Stderr = os.Stderr
	if a.in, err = command.StdinPipe(); err != nil {
		return err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	a.out = bufio.NewReader(out)
	if err := command.Start(); err != nil {
		return err
	}
	a.command = command
	return nil
}

func (a *answerer) stop() {
	if a.command != nil {
		_ = a.in.Close()
		_ = a.command.Wait()
		a.command = nil
	}
}

// ask writes the answers for input files, of remote clusters as NAME=FILE after the first, to a folder per proxy file.
func (a *answerer) ask(inputs, proxies, folders []string) error {
	if err := a.start(); err != nil {
		return err
	}
	question := inputs
	for i, proxy := range proxies {
		question = append(question, proxy, folders[i])
	}
	if _, err := fmt.Fprintln(a.in, strings.Join(question, "\t")); err != nil {
		a.stop()
		return fmt.Errorf("mesh: %w", err)
	}
	said, err := a.out.ReadString('\n')
	if err != nil {
		a.stop()
		return errors.New("mesh: the program ended")
	}
	if why, failed := strings.CutPrefix(strings.TrimSpace(said), "error "); failed {
		return errors.New("mesh: " + why)
	}
	return nil
}

// askMesh gives libmesh's answers for all proxies.
func (r *fieldsRun) askMesh(text meshText) (map[string]answer, error) {
	inputs, err := text.write(r.work)
	if err != nil {
		return nil, err
	}
	var files, folders []string
	for _, name := range r.names {
		folder := filepath.Join(r.work, name)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, err
		}
		files, folders = append(files, r.proxyFile(name)), append(folders, folder)
	}
	if err := r.ours.ask(inputs, files, folders); err != nil {
		return nil, err
	}
	answers := map[string]answer{}
	for i, name := range r.names {
		a := answer{}
		for _, kind := range kinds {
			var err error
			if a[kind], err = differ.ReadFile(filepath.Join(folders[i], kind+".json"), messageOf[kind]); err != nil {
				return nil, fmt.Errorf("mesh: %w", err)
			}
		}
		answers[name] = a
	}
	return answers, nil
}
