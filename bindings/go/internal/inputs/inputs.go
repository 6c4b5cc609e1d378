// Package inputs says which files of a folder the library is given: those that the program mesh reads.
package inputs

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Objects are the files with objects: *.yaml, *.yml and *.json at any depth, nothing that begins with a dot and no suites of tests, in
// the order of their paths.
func Objects(files fs.FS) ([]string, error) { return walk(files, false) }

// Suites are the files with policy tests: *_mesh_test.yaml, .yml and .json, in the same way.
func Suites(files fs.FS) ([]string, error) { return walk(files, true) }

func walk(files fs.FS, suites bool) ([]string, error) {
	var names []string
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name != "." && strings.HasPrefix(path.Base(name), ".") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !isInput(name, suites) {
			return nil
		}
		if info, err := fs.Stat(files, name); err == nil && info.Mode().IsRegular() { // follows links
			names = append(names, name)
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

func isInput(name string, suites bool) bool {
	extension := path.Ext(name)
	return slices.Contains([]string{".yaml", ".yml", ".json"}, extension) &&
		strings.HasSuffix(strings.TrimSuffix(name, extension), "_mesh_test") == suites
}
