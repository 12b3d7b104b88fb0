// What runs inside the embedded V8, beside Microsoft's Kusto.Language (bridged from C#).
// Trap: overloads of C# constructors have generated names here ($ctor16); which one is meant is
// said in the library's Kusto.Language.Bridge.d.ts and can change with its version, which is pinned.
"use strict";

const vedette = (() => {
  const K = Kusto.Language;
  const S = K.Symbols;
  const kinds = enumNames(K.Syntax.SyntaxKind);
  const symbolKinds = enumNames(S.SymbolKind);
  let tables = new Map(); // name -> TableSymbol, made when first mentioned
  let functions = []; // [name, parameters, body]
  let watchlists = {}; // alias -> [[column, type], ...]
  let shared = []; // symbols that every query sees

  // Bridge keeps an enum's members as numbered properties of its constructor.
  function enumNames(type) {
    const names = new Map();
    for (const key of Object.keys(type)) {
      if (typeof type[key] === "number") names.set(type[key], key);
    }
    return names;
  }

  function tableOf(name, columns) {
    const symbols = columns.map(
      ([column, type]) => new S.ColumnSymbol(column, S.ScalarTypes.GetSymbol(type)),
    );
    return new S.TableSymbol.$ctor4(name, symbols);
  }

  function tableSymbol(name, columns) {
    let symbol = tables.get(name);
    if (!symbol) {
      symbol = tableOf(name, columns);
      tables.set(name, symbol);
    }
    return symbol;
  }

  // The alias decides the columns, so the return type is computed from the call's argument.
  function watchlistFunction(name) {
    const resultOf = (context) => {
      const alias = literal(context.Arguments, 0);
      const known = alias === null ? undefined : watchlists[alias];
      return known ? tableOf(name, known) : new S.TableSymbol.ctor([]).WithIsOpen(true);
    };
    const text = S.ScalarTypes.String;
    const parameters = [new S.Parameter.$ctor2("watchlistAlias", text)];
    return new S.FunctionSymbol.ctor(name, resultOf, S.Tabularity.Tabular, parameters);
  }

  function literal(expressions, index) {
    const count = Bridge.global.System.Array.getCount(expressions, K.Syntax.Expression);
    if (index >= count) return null;
    const item = Bridge.global.System.Array.getItem(expressions, index, K.Syntax.Expression);
    const value = item.ConstantValue;
    return typeof value === "string" ? value : null;
  }

  // Forgets what an earlier catalogue defined; tables come with the queries that mention them.
  function load(theFunctions, theWatchlists) {
    functions = theFunctions;
    watchlists = theWatchlists;
    tables = new Map();
    shared = functions.map(
      ([name, parameters, body]) =>
        new S.FunctionSymbol.$ctor16(name, `(${parameters})`, `{${body}\n}`, ""),
    );
    shared.push(watchlistFunction("_GetWatchlist"));
  }

  function globals(schemas) {
    const members = Object.entries(schemas)
      .map(([name, columns]) => tableSymbol(name, columns))
      .concat(shared);
    const database = new S.DatabaseSymbol.ctor("workspace", members);
    return K.GlobalState.Default.WithDatabase(database);
  }

  function diagnosticsOf(code) {
    const found = code.GetDiagnostics();
    const result = [];
    for (let i = 0; i < found.Count; i++) {
      const item = found.getItem(i);
      result.push([item.Code, item.Severity, item.Message, item.Start, item.Length]);
    }
    return result;
  }

  function columnsOf(type) {
    if (!type || !(type instanceof S.TableSymbol)) return null;
    const result = [];
    for (let i = 0; i < type.Columns.Count; i++) {
      const column = type.Columns.getItem(i);
      result.push([column.Name, scalarName(column.Type)]);
    }
    return result;
  }

  function scalarName(type) {
    // dynamic subtypes ("dynamic_bag", "dynamic_array", "dynamic(string)") are all dynamic outside.
    return type && type.Name ? (type.Name.startsWith("dynamic") ? "dynamic" : type.Name) : "unknown";
  }

  // A tabular node's columns stand once in the answer, however many nodes have them.
  function shapeOf(type, needs) {
    let index = needs.indexes.get(type);
    if (index === undefined) {
      index = needs.shapes.push(columnsOf(type)) - 1;
      needs.indexes.set(type, index);
    }
    return index;
  }

  // [kind, start, end, name, symbol, type, shape, children]; tokens have no children.
  function nodeOf(element, needs) {
    const symbol = element.ReferencedSymbol;
    const type = element.ResultType;
    if (symbol) note(element, symbol, needs);
    const children = [];
    for (let i = 0; i < element.ChildCount; i++) {
      const child = element.GetChild(i);
      if (child) children.push(nodeOf(child, needs));
    }
    return [
      kinds.get(element.Kind) || "",
      element.TextStart,
      element.End,
      symbol ? symbol.Name : "",
      symbol ? symbolKinds.get(symbol.Kind) || "" : "",
      type ? (type instanceof S.TableSymbol ? "table" : scalarName(type)) : "",
      type instanceof S.TableSymbol ? shapeOf(type, needs) : -1,
      children,
    ];
  }

  function note(element, symbol, needs) {
    if (symbol instanceof S.TableSymbol && tables.get(symbol.Name) === symbol) {
      needs.tables.add(symbol.Name);
    } else if (symbol instanceof S.GroupSymbol || symbol.Members) {
      noteMembers(symbol, needs);
    }
    if (!(symbol instanceof S.FunctionSymbol)) return;
    if (symbol.Name === "_GetWatchlist") {
      const call = element.Kind === K.Syntax.SyntaxKind.FunctionCallExpression ? element : null;
      if (call) noteWatchlist(call, needs);
    } else if (functions.some(([name]) => name === symbol.Name)) {
      noteFunction(element, symbol, needs);
    }
  }

  function noteMembers(symbol, needs) {
    const members = symbol.Members;
    if (!members || !members.Count || symbol instanceof S.TableSymbol) return;
    for (let i = 0; i < members.Count; i++) {
      const member = members.getItem(i);
      if (member instanceof S.TableSymbol && tables.get(member.Name) === member) {
        needs.tables.add(member.Name);
      }
    }
  }

  function noteWatchlist(call, needs) {
    const list = call.ArgumentList.Expressions;
    const first = list.Count > 0 ? list.getItem(0).Element$1 || list.getItem(0).Element : null;
    const value = first ? first.ConstantValue : null;
    if (typeof value === "string") needs.watchlists.push([value, first.TextStart, first.End]);
  }

  function noteFunction(element, symbol, needs) {
    if (needs.functions.has(symbol.Name)) return;
    needs.functions.add(symbol.Name);
    const body = element.GetCalledFunctionBody ? element.GetCalledFunctionBody() : null;
    // Offsets in a function's body are not the query's: what it needs counts, where does not.
    if (body) {
      const inner = { ...needs, watchlists: [] };
      needs.bodies[symbol.Name] = nodeOf(body, inner);
      for (const [alias] of inner.watchlists) needs.watchlists.push([alias, -1, -1]);
    } else {
      needs.functions.delete(symbol.Name);
    }
  }

  function bind(text, schemas) {
    const code = K.KustoCode.ParseAndAnalyze(text, globals(schemas));
    const needs = {
      tables: new Set(),
      functions: new Set(),
      watchlists: [],
      bodies: {},
      shapes: [],
      indexes: new Map(),
    };
    const tree = nodeOf(code.Syntax, needs);
    return JSON.stringify({
      diagnostics: diagnosticsOf(code),
      columns: columnsOf(code.ResultType),
      tables: [...needs.tables],
      functions: [...needs.functions],
      watchlists: needs.watchlists,
      bodies: needs.bodies,
      shapes: needs.shapes,
      tree,
    });
  }

  return { load, bind };
})();
