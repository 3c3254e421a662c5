// Command generate writes tidemill_exports.go, which exports the functions of a package that have a comment //tidemill:…, and tidemill_signatures.json,
// what they are in SQL. Run it in the package's folder: go run ./tidemill/generate
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

type column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type signature struct {
	Version       int      `json:"version"`
	Name          string   `json:"name"`
	Kind          string   `json:"kind"`
	Arguments     []string `json:"arguments"`
	ArgumentNames []string `json:"argumentNames"`
	Result        string   `json:"result,omitempty"`
	StateBytes    int      `json:"stateBytes,omitempty"`
	Columns       []column `json:"columns,omitempty"`
	Table         *table   `json:"table,omitempty"`
	States        []state  `json:"states,omitempty"`
	Nulls         string   `json:"nulls"`
	Deterministic bool     `json:"deterministic"`
}

// A value of a function: its Go type, and what it is in SQL and wasm.
type value struct {
	name     string
	plain    string // of Go, without the *
	nullable bool
	sql      string
}

var sqlTypes = map[string]string{
	"bool": "BOOLEAN", "int8": "TINYINT", "int16": "SMALLINT", "int32": "INT", "int64": "BIGINT", "float32": "FLOAT", "float64": "DOUBLE",
	"string": "STRING", "[]byte": "BYTES", "tidemill.Wide": "",
}

// Go types that may stand for a SQL type that is named by a comment.
var goTypes = map[string]*regexp.Regexp{
	"int32":         regexp.MustCompile(`^(DATE|TIME|INT)$`),
	"int64":         regexp.MustCompile(`^(TIMESTAMP(_LTZ)?\(\d\)|DECIMAL\((\d|1[0-8]), *\d+\)|BIGINT)$`),
	"tidemill.Wide": regexp.MustCompile(`^DECIMAL\((19|2\d|3[0-8]), *\d+\)$`),
	"string":        regexp.MustCompile(`^(STRING|CHAR\(\d+\)|VARCHAR\(\d+\))$`),
	"[]byte":        regexp.MustCompile(`^(BYTES|BINARY\(\d+\)|VARBINARY\(\d+\))$`),
}

var (
	files   = token.NewFileSet()
	code    strings.Builder
	lines   []string
	methods = map[string]map[string]*ast.FuncDecl{}
	structs = map[string]*ast.StructType{}
)

func stop(at token.Pos, text string, values ...any) {
	place := files.Position(at)
	place.Filename = filepath.Base(place.Filename)
	fmt.Fprintf(os.Stderr, "%s: %s\n", place, fmt.Sprintf(text, values...))
	os.Exit(1)
}

func main() {
	packages, err := parser.ParseDir(files, ".", func(file os.FileInfo) bool {
		return file.Name() != "tidemill_exports.go" && !strings.HasSuffix(file.Name(), "_test.go")
	}, parser.ParseComments)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	parsed := packages["main"]
	if parsed == nil {
		fmt.Fprintln(os.Stderr, "no files of package main in this folder")
		os.Exit(1)
	}
	var names []string
	for name := range parsed.Files {
		names = append(names, name)
	}
	// in the order of their names, so that the output does not change
	for i := range names {
		for j := i + 1; j < len(names); j++ {
			if names[j] < names[i] {
				names[i], names[j] = names[j], names[i]
			}
		}
	}
	for _, name := range names {
		for _, declared := range parsed.Files[name].Decls {
			switch declaration := declared.(type) {
			case *ast.FuncDecl:
				if declaration.Recv != nil {
					receiver := strings.TrimPrefix(typeText(declaration.Recv.List[0].Type), "*")
					if methods[receiver] == nil {
						methods[receiver] = map[string]*ast.FuncDecl{}
					}
					methods[receiver][declaration.Name.Name] = declaration
				}
			case *ast.GenDecl:
				for _, specification := range declaration.Specs {
					if named, ok := specification.(*ast.TypeSpec); ok {
						if fields, ok := named.Type.(*ast.StructType); ok {
							structs[named.Name.Name] = fields
						}
					}
				}
			}
		}
	}
	for _, name := range names {
		for _, declared := range parsed.Files[name].Decls {
			switch declaration := declared.(type) {
			case *ast.FuncDecl:
				if kind, name, types, _, ok := annotation(declaration.Doc); ok {
					function(kind, name, types, declaration)
				}
			case *ast.GenDecl:
				kind, name, types, scalars, ok := annotation(declaration.Doc)
				if !ok {
					continue
				}
				declared, isType := declaration.Specs[0].(*ast.TypeSpec)
				switch {
				case isType && kind == "aggregate":
					aggregate(name, types, declared)
				case isType && kind == "process":
					process(name, types, scalars, declared)
				default:
					stop(declaration.Pos(), "//tidemill:%s stands before a function", kind)
				}
			}
		}
	}
	if len(lines) == 0 {
		fmt.Fprintln(os.Stderr, "no function has a comment //tidemill:scalar NAME, or aggregate, table, batch, process in its place")
		os.Exit(1)
	}
	header := "// Written by tidemill/generate.\n\n//go:build wasip1\n\npackage main\n\nimport (\n"
	if strings.Contains(code.String(), "unsafe.") {
		header += "\"unsafe\"\n\n"
	}
	text := header + "\"" + module() + "/tidemill\"\n)\n\n" + code.String()
	formatted, err := format.Source([]byte(text))
	if err != nil {
		formatted = []byte(text)
	}
	write("tidemill_exports.go", formatted)
	write("tidemill_signatures.json", []byte(strings.Join(lines, "\n")+"\n"))
}

func write(name string, text []byte) {
	if err := os.WriteFile(name, text, 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func module() string {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return regexp.MustCompile(`(?m)^module\s+(\S+)`).FindStringSubmatch(string(text))[1]
}

var kinds = map[string]bool{"scalar": true, "aggregate": true, "table": true, "batch": true, "process": true}

// annotation reads //tidemill:KIND NAME, //tidemill:type NAME TYPE and //tidemill:argument NAME.
func annotation(doc *ast.CommentGroup) (kind, name string, types map[string]string, scalars []string, ok bool) {
	types = map[string]string{}
	if doc == nil {
		return
	}
	for _, comment := range doc.List {
		rest, found := strings.CutPrefix(comment.Text, "//tidemill:")
		if !found {
			continue
		}
		words := strings.Fields(rest)
		switch {
		case len(words) >= 3 && words[0] == "type":
			types[words[1]] = strings.Join(words[2:], " ")
		case len(words) == 2 && words[0] == "argument":
			scalars = append(scalars, words[1])
		case len(words) >= 2 && kinds[words[0]]:
			kind, name, ok = words[0], words[1], true
			if len(words) > 2 && words[2] == "nondeterministic" {
				types[""] = "nondeterministic"
			}
		default:
			stop(comment.Pos(), "not understood: %s (scalar NAME, aggregate NAME, table NAME, batch NAME, process NAME, type NAME TYPE, argument NAME)", comment.Text)
		}
	}
	return
}

func typeText(expression ast.Expr) string {
	switch e := expression.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return "*" + typeText(e.X)
	case *ast.ArrayType:
		return "[]" + typeText(e.Elt)
	case *ast.SelectorExpr:
		return typeText(e.X) + "." + e.Sel.Name
	case *ast.IndexExpr:
		return typeText(e.X) + "[" + typeText(e.Index) + "]"
	}
	return "?"
}

func valueOf(name string, expression ast.Expr, types map[string]string) value {
	text := typeText(expression)
	plain := strings.TrimPrefix(text, "*")
	sql, known := sqlTypes[plain]
	if !known {
		stop(expression.Pos(), "%s cannot have the type %s; there are bool, int8, int16, int32, int64, float32, float64, string, []byte, tidemill.Wide, and pointers to them", name, text)
	}
	if given, ok := types[name]; ok {
		if pattern := goTypes[plain]; pattern == nil || !pattern.MatchString(given) {
			stop(expression.Pos(), "%s of %s cannot be a %s", given, name, plain)
		}
		sql = given
	}
	if sql == "" {
		stop(expression.Pos(), "%s needs its digits: //tidemill:type %s DECIMAL(38, 2)", name, name)
	}
	nullable := plain != text
	if !nullable {
		sql += " NOT NULL"
	}
	return value{name, plain, nullable, sql}
}

func arguments(list *ast.FieldList, types map[string]string) []value {
	var all []value
	for _, field := range list.List {
		for _, name := range field.Names {
			all = append(all, valueOf(name.Name, field.Type, types))
		}
	}
	return all
}

// parameters of an export, and the argument made of them.
func (v value) parameters() (parameters []string, statements, argument string) {
	n := "p_" + v.name
	switch v.plain {
	case "string", "[]byte":
		parameters = []string{n + ", " + n + "_length uint32"}
		argument = map[string]string{"string": "tidemill.String", "[]byte": "tidemill.Bytes"}[v.plain] + "(" + n + ", " + n + "_length)"
	case "tidemill.Wide":
		parameters = []string{n + " uint64", n + "_high int64"}
		argument = "tidemill.Wide{Low: " + n + ", High: " + n + "_high}"
	case "bool":
		parameters, argument = []string{n + " int32"}, n+" != 0"
	case "int8", "int16":
		parameters, argument = []string{n + " int32"}, v.plain+"("+n+")"
	default:
		parameters, argument = []string{n + " " + v.plain}, n
	}
	if v.nullable {
		parameters = append(parameters, n+"_valid int32")
		statements = fmt.Sprintf("var a_%s *%s\nif %s_valid != 0 {\nmade := %s\na_%s = &made\n}\n", v.name, v.plain, n, argument, v.name)
		argument = "a_" + v.name
	}
	return
}

// stored is statements that write a plain Go value to an array of words.
func stored(plain, from, to string, at int) string {
	switch plain {
	case "string":
		return fmt.Sprintf("%s[%d] = tidemill.Text(%s)\n", to, at, from)
	case "[]byte":
		return fmt.Sprintf("%s[%d] = tidemill.Blob(%s)\n", to, at, from)
	case "tidemill.Wide":
		return fmt.Sprintf("%s[%d], %s[%d] = %s.Low, uint64(%s.High)\n", to, at, to, at+1, from, from)
	case "bool":
		return fmt.Sprintf("%s[%d] = 0\nif %s {\n%s[%d] = 1\n}\n", to, at, from, to, at)
	case "float32", "float64":
		return fmt.Sprintf("*(*%s)(unsafe.Pointer(&%s[%d])) = %s\n", plain, to, at, from)
	case "int8", "int16", "int32":
		return fmt.Sprintf("%s[%d] = uint64(uint32(int32(%s)))\n", to, at, from)
	}
	return fmt.Sprintf("%s[%d] = uint64(%s)\n", to, at, from)
}

func taken(list []value) (parameters []string, statements string, given []string) {
	for _, v := range list {
		p, s, a := v.parameters()
		parameters, statements, given = append(parameters, p...), statements+s, append(given, a)
	}
	return
}

func describe(kind, name string, list []value, types map[string]string) signature {
	made := signature{Version: 1, Name: name, Kind: kind, Nulls: "propagate", Deterministic: types[""] == ""}
	made.Arguments, made.ArgumentNames = []string{}, []string{}
	for _, v := range list {
		made.Arguments, made.ArgumentNames = append(made.Arguments, v.sql), append(made.ArgumentNames, v.name)
		if v.nullable {
			made.Nulls = "call"
		}
	}
	return made
}

func add(made signature) {
	text, err := json.Marshal(made)
	if err != nil {
		panic(err)
	}
	lines = append(lines, string(text))
}

// results of a function: one, or one and an error.
func results(declaration *ast.FuncDecl) (result ast.Expr, fails bool) {
	list := declaration.Type.Results
	if list == nil || len(list.List) == 0 || len(list.List) > 2 {
		stop(declaration.Pos(), "%s returns a value, or a value and an error", declaration.Name.Name)
	}
	if len(list.List) == 2 && typeText(list.List[1].Type) != "error" {
		stop(declaration.Pos(), "the second result of %s is an error", declaration.Name.Name)
	}
	return list.List[0].Type, len(list.List) == 2
}

// giving writes the body of an export that gives the result of a call.
func giving(export string, parameters []string, statements, call string, result value, fails bool) {
	if !fails && !result.nullable && result.plain != "tidemill.Wide" {
		wasm, body := result.plain, "return "+call+"\n"
		switch result.plain {
		case "string", "[]byte":
			wasm = "uint64"
			body = "tidemill.Begin()\nreturn " + map[string]string{"string": "tidemill.Text", "[]byte": "tidemill.Blob"}[result.plain] + "(" + call + ")\n"
		case "bool":
			wasm, body = "int32", "if "+call+" {\nreturn 1\n}\nreturn 0\n"
		case "int8", "int16":
			wasm, body = "int32", "return int32("+call+")\n"
		}
		fmt.Fprintf(&code, "//go:wasmexport %s\nfunc export_%s(%s) %s {\n%s%s}\n\n", export, export, strings.Join(parameters, ", "), wasm, statements, body)
		return
	}
	fmt.Fprintf(&code, "//go:wasmexport %s\nfunc export_%s(%s) {\n%s", export, export, strings.Join(append([]string{"at uint32"}, parameters...), ", "), statements)
	code.WriteString("place := (*tidemill.Place)(tidemill.At(at))\ntidemill.Begin()\n")
	if fails {
		fmt.Fprintf(&code, "result, failed := %s\nif failed != nil {\nplace.Fail(failed)\nreturn\n}\n", call)
	} else {
		fmt.Fprintf(&code, "result := %s\n", call)
	}
	if result.nullable {
		code.WriteString("if result == nil {\nplace.Status = 0\nreturn\n}\n")
		code.WriteString(stored(result.plain, "(*result)", "place.Value", 0))
	} else {
		code.WriteString(stored(result.plain, "result", "place.Value", 0))
	}
	code.WriteString("place.Status = 1\n}\n\n")
}

func function(kind, name string, types map[string]string, declaration *ast.FuncDecl) {
	if kind == "aggregate" || kind == "process" {
		stop(declaration.Pos(), "//tidemill:%s stands before a struct", kind)
	}
	if kind == "batch" {
		batch(name, types, declaration)
		return
	}
	list := arguments(declaration.Type.Params, types)
	made := describe(kind, name, list, types)
	parameters, statements, given := taken(list)
	call := declaration.Name.Name + "(" + strings.Join(given, ", ") + ")"
	expression, fails := results(declaration)
	if kind == "scalar" {
		result := valueOf("result", expression, types)
		made.Result = result.sql
		giving(name, parameters, statements, call, result, fails)
		add(made)
		return
	}
	columns, writes, words := rowsOf(declaration, expression, types)
	made.Columns = columns
	fmt.Fprintf(&code, "//go:wasmexport %s\nfunc export_%s(%s) uint64 {\n%stidemill.Rows()\n", name, name, strings.Join(parameters, ", "), statements)
	blockOf(call, writes, words, fails, "")
	add(made)
}

var sizes = map[string]int{"bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "float32": 4, "int64": 8, "uint64": 8, "float64": 8}

// sizeOf is the size of a struct of plain numbers and arrays of them, as Go lays it out.
func sizeOf(expression ast.Expr) (size, align int) {
	if array, ok := expression.(*ast.ArrayType); ok && array.Len != nil {
		literal, ok := array.Len.(*ast.BasicLit)
		if !ok {
			stop(expression.Pos(), "the length of an array in a state is a number")
		}
		var count int
		fmt.Sscan(literal.Value, &count)
		size, align = sizeOf(array.Elt)
		return size * count, align
	}
	text := typeText(expression)
	if size, ok := sizes[text]; ok {
		return size, size
	}
	stop(expression.Pos(), "the state of an aggregate holds numbers, booleans and arrays of them, not %s: the engine keeps its bytes", text)
	return
}

func aggregate(name string, types map[string]string, declared *ast.TypeSpec) {
	state := declared.Name.Name
	fields := structs[state]
	parts := methods[state]
	if fields == nil || parts["Accumulate"] == nil || parts["Finish"] == nil {
		stop(declared.Pos(), "the aggregate %s is a struct with the methods Accumulate and Finish, and where they can be Retract and Merge", name)
	}
	size, most := 0, 1
	for _, field := range fields.Fields.List {
		for range field.Names {
			bytes, align := sizeOf(field.Type)
			size = (size+align-1)/align*align + bytes
			most = max(most, align)
		}
	}
	size = (size + most - 1) / most * most
	list := arguments(parts["Accumulate"].Type.Params, types)
	made := describe("aggregate", name, list, types)
	made.StateBytes = max(size, 1)
	expression, fails := results(parts["Finish"])
	result := valueOf("result", expression, types)
	made.Result = result.sql
	for method, part := range map[string]string{"Accumulate": "accumulate"} {
		exportTake(name, part, state, method, list)
	}
	if parts["Retract"] != nil {
		exportTake(name, "retract", state, "Retract", list)
	}
	if parts["Merge"] != nil {
		fmt.Fprintf(&code, "//go:wasmexport %s_merge\nfunc export_%s_merge(state, other uint32) {\n(*%s)(tidemill.At(state)).Merge((*%s)(tidemill.At(other)))\n}\n\n", name, name, state, state)
	}
	giving(name+"_finish", []string{"state uint32"}, "", "(*"+state+")(tidemill.At(state)).Finish()", result, fails)
	add(made)
}

func exportTake(name, part, state, method string, list []value) {
	parameters, statements, given := taken(list)
	fmt.Fprintf(&code, "//go:wasmexport %s_%s\nfunc export_%s_%s(%s) {\n%s(*%s)(tidemill.At(state)).%s(%s)\n}\n\n", name, part, name, part,
		strings.Join(append([]string{"state uint32"}, parameters...), ", "), statements, state, method, strings.Join(given, ", "))
}
