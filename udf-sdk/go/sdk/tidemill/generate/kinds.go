package main

import (
	"fmt"
	"go/ast"
	"strings"
)

type table struct {
	Columns []column `json:"columns"`
}

type state struct {
	Name    string   `json:"name"`
	Columns []column `json:"columns"`
}

func columnName(field string) string { return strings.ToLower(field[:1]) + field[1:] }

// rowsOf is the structs that a function returns a slice of, as columns, and statements that write one, row, to its record of so many words.
func rowsOf(declaration *ast.FuncDecl, expression ast.Expr, types map[string]string) (columns []column, writes string, words int) {
	slice, ok := expression.(*ast.ArrayType)
	row := ""
	if ok {
		row = strings.TrimPrefix(typeText(slice.Elt), "*")
	}
	fields := structs[row]
	if fields == nil {
		stop(declaration.Pos(), "%s returns a slice of structs of this package, whose fields are the columns", declaration.Name.Name)
	}
	return record(fields, types, "row", "record")
}

// record is the fields of a struct as columns, and statements that write one to a record of so many words.
func record(fields *ast.StructType, types map[string]string, from, to string) (columns []column, writes string, words int) {
	words = 1
	for _, field := range fields.Fields.List {
		for _, name := range field.Names {
			v := valueOf(columnName(name.Name), field.Type, types)
			if v.nullable {
				writes += fmt.Sprintf("if %s.%s == nil {\n%s[0] |= 1 << %d\n} else {\n%s}\n", from, name.Name, to, len(columns), stored(v.plain, "(*"+from+"."+name.Name+")", to, words))
			} else {
				writes += stored(v.plain, from+"."+name.Name, to, words)
			}
			columns = append(columns, column{columnName(name.Name), v.sql})
			words++
			if v.plain == "tidemill.Wide" {
				words++
			}
		}
	}
	return
}

// blockOf writes the end of an export that gives the rows of a call.
func blockOf(call, writes string, words int, fails bool, before string) {
	if fails {
		fmt.Fprintf(&code, "rows, failed := %s\ntidemill.Stop(failed)\n", call)
	} else {
		fmt.Fprintf(&code, "rows := %s\n", call)
	}
	fmt.Fprintf(&code, "for _, row := range rows {\nrecord := tidemill.Record(%d)\n%s}\n%sreturn tidemill.Block()\n}\n\n", words, writes, before)
}

// A column of a batch function: a slice, or a tidemill.Column, whose values can be NULL.
func columnValue(name string, expression ast.Expr, types map[string]string) value {
	switch e := expression.(type) {
	case *ast.IndexExpr:
		if typeText(e.X) == "tidemill.Column" {
			v := valueOf(name, e.Index, types)
			v.nullable, v.sql = true, strings.TrimSuffix(v.sql, " NOT NULL")
			return v
		}
	case *ast.ArrayType:
		if _, isPointer := e.Elt.(*ast.StarExpr); e.Len == nil && !isPointer {
			return valueOf(name, e.Elt, types)
		}
	}
	stop(expression.Pos(), "%s of a batch function is a slice, such as []float64, or, where values can be NULL, a tidemill.Column[float64]", name)
	return value{}
}

// The part of names of the package's functions for a column of such values.
func columnFunction(plain string) string {
	switch plain {
	case "string":
		return "Strings"
	case "[]byte":
		return "Blobs"
	case "bool":
		return "Booleans"
	}
	return "Numbers"
}

func batch(name string, types map[string]string, declaration *ast.FuncDecl) {
	var list []value
	var given []string
	for _, field := range declaration.Type.Params.List {
		for _, named := range field.Names {
			v := columnValue(named.Name, field.Type, types)
			function := "tidemill." + columnFunction(v.plain) + "Of"
			if columnFunction(v.plain) == "Numbers" {
				function += "[" + v.plain + "]"
			}
			values := fmt.Sprintf("%s(arguments, %d, count)", function, len(list))
			if v.nullable {
				values = fmt.Sprintf("tidemill.Column[%s]{Values: %s, Valid: tidemill.ValidOf(arguments, %d, count)}", v.plain, values, len(list))
			}
			list, given = append(list, v), append(given, values)
		}
	}
	made := describe("batch", name, list, types)
	expression, fails := results(declaration)
	result := columnValue("result", expression, types)
	made.Result = result.sql
	// named so that they cannot be what a function of the package is called
	fmt.Fprintf(&code, "//go:wasmexport %s\nfunc export_%s(count, arguments, place uint32) {\ntidemill.BeginBatch()\n", name, name)
	call := declaration.Name.Name + "(" + strings.Join(given, ", ") + ")"
	if fails {
		fmt.Fprintf(&code, "made, failed := %s\ntidemill.Stop(failed)\n", call)
	} else {
		fmt.Fprintf(&code, "made := %s\n", call)
	}
	values := "made"
	if result.nullable {
		values = "made.Values"
		code.WriteString("tidemill.GiveValid(place, count, made.Valid)\n")
	}
	fmt.Fprintf(&code, "tidemill.Give%s(place, count, %s)\n}\n\n", columnFunction(result.plain), values)
	add(made)
}

// loaded is an expression that reads a plain Go value from a record.
func loaded(plain, from string, at int) string {
	slot := fmt.Sprintf("%s[%d]", from, at)
	switch plain {
	case "string":
		return fmt.Sprintf("tidemill.String(uint32(%s), uint32(%s>>32))", slot, slot)
	case "[]byte":
		return fmt.Sprintf("tidemill.Bytes(uint32(%s), uint32(%s>>32))", slot, slot)
	case "tidemill.Wide":
		return fmt.Sprintf("tidemill.Wide{Low: %s, High: int64(%s[%d])}", slot, from, at+1)
	case "bool":
		return fmt.Sprintf("uint32(%s) != 0", slot)
	case "float32", "float64":
		return fmt.Sprintf("*(*%s)(unsafe.Pointer(&%s))", plain, slot)
	}
	return fmt.Sprintf("%s(%s)", plain, slot)
}

func process(name string, types map[string]string, scalars []string, declared *ast.TypeSpec) {
	of := declared.Name.Name
	fields := structs[of]
	parts := methods[of]
	if fields == nil || parts["Row"] == nil {
		stop(declared.Pos(), "the process function %s is a struct, its state, with the method Row, and where it has timers Timer", name)
	}
	first := parts["Row"].Type.Params.List
	if len(first) == 0 || len(first[0].Names) != 1 || typeText(first[0].Type) != "*tidemill.Context" {
		stop(parts["Row"].Pos(), "the first parameter of Row is a *tidemill.Context")
	}
	list := arguments(&ast.FieldList{List: first[1:]}, types)
	// the columns of the table come first in the export
	var columns, rest []value
	for _, v := range list {
		isScalar := false
		for _, scalar := range scalars {
			isScalar = isScalar || scalar == v.name
		}
		if isScalar {
			rest = append(rest, v)
		} else {
			columns = append(columns, v)
		}
	}
	if len(rest) != len(scalars) {
		stop(declared.Pos(), "//tidemill:argument names a parameter of Row that is not there")
	}
	made := describe("process", name, rest, types)
	made.Nulls = "call"
	made.Table = &table{Columns: []column{}}
	for _, v := range columns {
		made.Table.Columns = append(made.Table.Columns, column{v.name, v.sql})
	}
	stateColumns, writes, words := record(fields, types, "state", "kept")
	if len(stateColumns) > 0 {
		made.States = []state{{"state", stateColumns}}
	}
	reads, at := "", 1
	for index, field := range flat(fields) {
		v := valueOf(columnName(field.name), field.of, types)
		if v.nullable {
			reads += fmt.Sprintf("if kept[0]>>%d&1 == 0 {\nmade := %s\nstate.%s = &made\n}\n", index, loaded(v.plain, "kept", at), field.name)
		} else {
			reads += fmt.Sprintf("state.%s = %s\n", field.name, loaded(v.plain, "kept", at))
		}
		at++
		if v.plain == "tidemill.Wide" {
			at++
		}
	}
	begin := fmt.Sprintf("var state %s\nkept := tidemill.StateOf(at, %d)\n%scontext := tidemill.ContextOf(at)\ntidemill.Rows()\n", of, words, reads)
	end := fmt.Sprintf("kept[0] = 0\n%scontext.End(at)\n", writes)
	if len(stateColumns) == 0 {
		begin, end = "var state "+of+"\ncontext := tidemill.ContextOf(at)\ntidemill.Rows()\n", "context.End(at)\n"
	}
	parameters, statements, _ := taken(append(append([]value{}, columns...), rest...))
	_, _, given := taken(list)
	expression, fails := results(parts["Row"])
	var rowWrites string
	var rowWords int
	made.Columns, rowWrites, rowWords = rowsOf(parts["Row"], expression, types)
	fmt.Fprintf(&code, "//go:wasmexport %s\nfunc export_%s(%s) uint64 {\n%s%s", name, name, strings.Join(append([]string{"at uint32"}, parameters...), ", "), statements, begin)
	blockOf("state.Row("+strings.Join(append([]string{"context"}, given...), ", ")+")", rowWrites, rowWords, fails, end)
	if timer := parts["Timer"]; timer != nil {
		timerExpression, timerFails := results(timer)
		if typeText(timerExpression) != typeText(expression) {
			stop(timer.Pos(), "Timer returns what Row returns")
		}
		fmt.Fprintf(&code, "//go:wasmexport %s_timer\nfunc export_%s_timer(at uint32) uint64 {\n%s", name, name, begin)
		blockOf("state.Timer(context)", rowWrites, rowWords, timerFails, end)
	}
	add(made)
}

type oneField struct {
	name string
	of   ast.Expr
}

func flat(fields *ast.StructType) (all []oneField) {
	for _, field := range fields.Fields.List {
		for _, name := range field.Names {
			all = append(all, oneField{name.Name, field.Type})
		}
	}
	return
}
