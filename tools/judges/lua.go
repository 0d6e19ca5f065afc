package main

import (
	"context"
	"encoding/json"
	"time"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	luajson "layeh.com/gopher-json"
)

// scriptLimit is what Argo CD gives a script.
const scriptLimit = time.Second

// runLua returns what the script returns. Argo CD opens base, package and table, and lets a script require time and date of os; string,
// math, io and the rest of os are absent, so a script that uses them must fail here as it would there.
func runLua(object *unstructured.Unstructured, script string) (any, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{{lua.LoadLibName, lua.OpenPackage}, {lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable}} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(library.open), Protect: true}, lua.LString(library.name)); err != nil {
			return nil, err
		}
	}
	state.PreloadModule(lua.OsLibName, openSafeOS)
	ctx, cancel := context.WithTimeout(context.Background(), scriptLimit)
	defer cancel()
	state.SetContext(ctx)
	content, err := luaValue(state, object)
	if err != nil {
		return nil, err
	}
	state.SetGlobal("obj", content)
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	encoded, err := luajson.Encode(state.Get(-1))
	return json.RawMessage(encoded), err
}

func luaValue(state *lua.LState, object *unstructured.Unstructured) (lua.LValue, error) {
	encoded, err := object.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return luajson.Decode(state, encoded)
}

func openSafeOS(state *lua.LState) int {
	lua.OpenOs(state)
	all := state.CheckTable(-1)
	safe := state.NewTable()
	for _, name := range []string{"time", "date"} {
		safe.RawSetString(name, all.RawGetString(name))
	}
	state.SetGlobal(lua.OsLibName, lua.LNil)
	// OpenOs has registered all of it, which is what require would find.
	state.SetField(state.GetField(state.GetGlobal("package"), "loaded"), lua.OsLibName, safe)
	state.Push(safe)
	return 1
}
