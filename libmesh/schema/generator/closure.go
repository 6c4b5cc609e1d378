package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// closure is the set of messages and enums reachable from the roots.
type closure struct {
	messages map[protoreflect.FullName]protoreflect.MessageDescriptor
	enums    map[protoreflect.FullName]protoreflect.EnumDescriptor
}

func readLines(path string) ([]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var lines []string
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		line, _, _ := strings.Cut(scanner.Text(), "#")
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines, scanner.Err()
}

func rootClosure(files *protoregistry.Files, schema string) (*closure, error) {
	lines, err := readLines(filepath.Join(schema, "roots.txt"))
	if err != nil {
		return nil, err
	}
	c := &closure{
		messages: map[protoreflect.FullName]protoreflect.MessageDescriptor{},
		enums:    map[protoreflect.FullName]protoreflect.EnumDescriptor{},
	}
	for _, line := range lines {
		if pkg, all := strings.CutSuffix(line, ".*"); all {
			found := false
			files.RangeFilesByPackage(protoreflect.FullName(pkg), func(f protoreflect.FileDescriptor) bool {
				for i := 0; i < f.Messages().Len(); i++ {
					found = true
					c.add(f.Messages().Get(i))
				}
				return true
			})
			if !found {
				return nil, fmt.Errorf("roots.txt: no message in package %s", pkg)
			}
			continue
		}
		message, err := findMessage(files, line)
		if err != nil {
			return nil, fmt.Errorf("roots.txt: %w", err)
		}
		c.add(message)
	}
	return c, nil
}

// widen adds the packages of descriptors.txt.
func (c *closure) widen(files *protoregistry.Files, schema string) error {
	prefixes, err := readLines(filepath.Join(schema, "descriptors.txt"))
	if err != nil {
		return err
	}
	files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		pkg := string(f.Package())
		if retired.MatchString(pkg) {
			return true
		}
		for _, prefix := range prefixes {
			if pkg == prefix || strings.HasPrefix(pkg, prefix+".") {
				c.addAll(f.Messages())
			}
		}
		return true
	})
	return nil
}

var retired = regexp.MustCompile(`\.v[12]((alpha|beta)[0-9]*)?$`)

func (c *closure) addAll(messages protoreflect.MessageDescriptors) {
	for i := 0; i < messages.Len(); i++ {
		c.add(messages.Get(i))
		c.addAll(messages.Get(i).Messages())
	}
}

func (c *closure) add(message protoreflect.MessageDescriptor) {
	if _, known := c.messages[message.FullName()]; known || message.IsPlaceholder() {
		return
	}
	c.messages[message.FullName()] = message
	for i := 0; i < message.Fields().Len(); i++ {
		field := message.Fields().Get(i)
		if field.Message() != nil {
			c.add(field.Message())
		}
		if field.Enum() != nil {
			c.enums[field.Enum().FullName()] = field.Enum()
		}
	}
}

// trim gives the files of the closure, holding only what is in it, without options (validation
// rules and annotations would drag in their own files), in dependency order.
func (c *closure) trim() *descriptorpb.FileDescriptorSet {
	parents := map[protoreflect.FullName]bool{}
	byPath := map[string]protoreflect.FileDescriptor{}
	note := func(d protoreflect.Descriptor) {
		byPath[d.ParentFile().Path()] = d.ParentFile()
		for p := d.Parent(); p != nil; p = p.Parent() {
			parents[p.FullName()] = true
		}
	}
	for _, m := range c.messages {
		note(m)
	}
	for _, e := range c.enums {
		note(e)
	}
	t := &trimmer{closure: c, parents: parents, kept: byPath, done: map[string]bool{}}
	set := &descriptorpb.FileDescriptorSet{}
	for _, path := range sortedKeys(byPath) {
		t.file(byPath[path], set)
	}
	return set
}

type trimmer struct {
	*closure
	parents map[protoreflect.FullName]bool
	kept    map[string]protoreflect.FileDescriptor
	done    map[string]bool
}

func (t *trimmer) file(f protoreflect.FileDescriptor, set *descriptorpb.FileDescriptorSet) {
	if t.done[f.Path()] {
		return
	}
	t.done[f.Path()] = true
	trimmed := protodesc.ToFileDescriptorProto(f)
	trimmed = proto.Clone(trimmed).(*descriptorpb.FileDescriptorProto)
	used := map[string]bool{}
	trimmed.MessageType = t.messagesOf(trimmed.MessageType, f.Messages(), used)
	trimmed.EnumType = t.enumsOf(trimmed.EnumType, f.Enums())
	trimmed.Service, trimmed.Extension, trimmed.Options = nil, nil, nil
	trimmed.SourceCodeInfo = nil
	trimmed.Dependency, trimmed.PublicDependency, trimmed.WeakDependency = nil, nil, nil
	for _, path := range sortedKeys(used) {
		if path != f.Path() {
			trimmed.Dependency = append(trimmed.Dependency, path)
			t.file(t.kept[path], set)
		}
	}
	set.File = append(set.File, trimmed)
}

func (t *trimmer) messagesOf(protos []*descriptorpb.DescriptorProto,
	messages protoreflect.MessageDescriptors, used map[string]bool) []*descriptorpb.DescriptorProto {
	var kept []*descriptorpb.DescriptorProto
	for i, p := range protos {
		m := messages.Get(i)
		_, wanted := t.messages[m.FullName()]
		if !wanted && !t.parents[m.FullName()] {
			continue
		}
		t.message(p, m, wanted, used)
		kept = append(kept, p)
	}
	return kept
}

func (t *trimmer) message(p *descriptorpb.DescriptorProto, m protoreflect.MessageDescriptor,
	wanted bool, used map[string]bool) {
	p.NestedType = t.messagesOf(p.NestedType, m.Messages(), used)
	p.EnumType = t.enumsOf(p.EnumType, m.Enums())
	p.Extension, p.ExtensionRange = nil, nil
	if p.GetOptions().GetMapEntry() {
		p.Options = &descriptorpb.MessageOptions{MapEntry: proto.Bool(true)}
	} else {
		p.Options = nil
	}
	if !wanted { // only the scope of something nested
		p.Field, p.OneofDecl = nil, nil
		return
	}
	for _, oneof := range p.OneofDecl {
		oneof.Options = nil
	}
	for i, field := range p.Field {
		if packed := field.GetOptions(); packed != nil && packed.Packed != nil {
			field.Options = &descriptorpb.FieldOptions{Packed: packed.Packed}
		} else {
			field.Options = nil
		}
		d := m.Fields().Get(i)
		if d.Message() != nil {
			used[d.Message().ParentFile().Path()] = true
		}
		if d.Enum() != nil {
			used[d.Enum().ParentFile().Path()] = true
		}
	}
}

func (t *trimmer) enumsOf(protos []*descriptorpb.EnumDescriptorProto,
	enums protoreflect.EnumDescriptors) []*descriptorpb.EnumDescriptorProto {
	var kept []*descriptorpb.EnumDescriptorProto
	for i, p := range protos {
		if _, wanted := t.enums[enums.Get(i).FullName()]; !wanted {
			continue
		}
		if p.GetOptions().GetAllowAlias() {
			p.Options = &descriptorpb.EnumOptions{AllowAlias: proto.Bool(true)}
		} else {
			p.Options = nil
		}
		for _, value := range p.Value {
			value.Options = nil
		}
		kept = append(kept, p)
	}
	return kept
}
