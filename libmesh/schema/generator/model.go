package main

// model is what both sources of structs (protos and Go types) are turned into, and what
// emit.go prints.
type model struct {
	structs []*structType
	enums   []*enumType
}

// place says where a type is printed: libmesh/schema/gen/<namespace>/<file>.h.
type place struct{ namespace, file string }

func (p place) header() string { return p.namespace + "/" + p.file + ".h" }

type structType struct {
	place
	name     string // in C++
	fullName string
	aliases  [][2]string // inner name, type
	oneofs   []string
	fields   []*structField
}

type enumType struct {
	place
	name     string
	fullName string
	values   []enumValue
}

type enumValue struct {
	name   string
	number int32
}

type structField struct {
	json, proto string // proto is empty when only the JSON name is accepted
	name        string // in C++
	kind        string // of schema::Kind
	message     *structType
	enum        *enumType
	shape       shape
	numericKey  bool // of a map
	oneof       int  // 1-based
}

type shape int

const (
	plain    shape = iota
	optional       // std::optional, and Box for messages
	list
	mapping
)

// The C++ type behind each kind that is neither message nor enum.
var kindType = map[string]string{
	"kBool":        "bool",
	"kInt32":       "int32_t",
	"kInt64":       "int64_t",
	"kUint32":      "uint32_t",
	"kUint64":      "uint64_t",
	"kFloat":       "float",
	"kDouble":      "double",
	"kString":      "std::string",
	"kBytes":       "std::string",
	"kDuration":    "::mesh::schema::Duration",
	"kTimestamp":   "::mesh::schema::Timestamp",
	"kIntOrString": "::mesh::schema::IntOrString",
	"kQuantity":    "::mesh::schema::Quantity",
	"kValue":       "::mesh::document::Value",
	"kStruct":      "::mesh::document::Value",
}
