// What runs inside the embedded V8, beside Microsoft's Kusto.Language (bridged from C#).
// Trap: overloads of C# constructors have generated names here ($ctor16); which one is meant is
// said in the library's Kusto.Language.Bridge.d.ts and can change with its version, which is pinned.
"use strict";

const vedette = (() => {
  const K = Kusto.Language;
  const S = K.Symbols;
  const Kind = K.Syntax.SyntaxKind;
  const kinds = enumNames(Kind);
  const symbolKinds = enumNames(S.SymbolKind);
  const completionKinds = enumNames(K.Editor.CompletionKind);
  const SYNTAX_AND_MEANING = 3; // DiagnosticsInclude: without what called functions report
  const SCOPES = 20; // diagnostics that get the columns in scope, each of which costs a walk
  const tables = new Map(); // name -> TableSymbol
  let functions = new Map(); // name -> FunctionSymbol of the workspace
  let watchlists; // DatabaseSymbol: each alias a table, and any other may be there
  // The alias decides the columns of a watchlist. That is how table() works, and only of functions
  // that call it does the compiler expect another type from each call.
  const WATCHLIST_PARAMETERS = "(watchlistAlias: string, keys: dynamic = dynamic(null))";
  const WATCHLIST_BODY = "{ database('$Watchlists').table(watchlistAlias) }";
  const standard = serviceFunctions(); // what every workspace has

  // With its first query the library makes the grammar from which it completes text, which takes
  // longer than all the rest of its start. It parses by hand and asks for it in vain, unless a text
  // is to be completed.
  const grammarFrom = K.Parsing.QueryGrammar.From;
  const noGrammar = () => ({ QueryBlock: null });
  K.Parsing.QueryGrammar.From = noGrammar;

  // Bridge keeps an enum's members as numbered properties of its constructor.
  function enumNames(type) {
    const names = new Map();
    for (const key of Object.keys(type)) {
      if (typeof type[key] === "number") names.set(type[key], key);
    }
    return names;
  }

  // ---- Symbols ---------------------------------------------------------------------------------

  function tableOf(name, columns) {
    const symbols = columns.map(
      ([column, type]) => new S.ColumnSymbol(column, S.ScalarTypes.GetSymbol(type)),
    );
    return new S.TableSymbol.$ctor4(name, symbols);
  }

  function computed(name, resultOf, parameters, tabularity = S.Tabularity.Tabular) {
    return new S.FunctionSymbol.ctor(name, resultOf, tabularity, parameters);
  }

  function parameter(name, type) {
    return new S.Parameter.$ctor2(name, type);
  }

  function serviceFunctions() {
    const text = S.ScalarTypes.String;
    const aliases = tableOf("_GetWatchlistAlias", [["WatchlistAlias", "string"]]);
    // Another workspace has the tables that this one has; of other services nothing is known.
    const sibling = (context) => context.Globals.Database;
    const foreign = () => new S.DatabaseSymbol.$ctor1("foreign", null, true);
    return [
      new S.FunctionSymbol.$ctor16("_GetWatchlist", WATCHLIST_PARAMETERS, WATCHLIST_BODY, ""),
      computed("_GetWatchlistAlias", () => aliases, []),
      computed("workspace", sibling, [parameter("identifier", text)]),
      ...["app", "resource", "adx", "arg"].map((name) =>
        computed(name, foreign, [parameter("identifier", text)]),
      ),
    ];
  }

  // Forgets the functions and watchlists of an earlier catalogue.
  function load(definitions, theWatchlists) {
    const lists = Object.entries(theWatchlists).map(([alias, columns]) => tableOf(alias, columns));
    watchlists = new S.DatabaseSymbol.$ctor1("$Watchlists", lists, true);
    functions = new Map(
      definitions.map(([name, parameters, body]) => [
        name,
        new S.FunctionSymbol.$ctor16(name, `(${parameters})`, `{${body}\n}`, ""),
      ]),
    );
  }

  // Tables come with the first query that mentions them, and again when they have changed.
  function define(schemas) {
    for (const [name, columns] of Object.entries(schemas)) tables.set(name, tableOf(name, columns));
  }

  function globals(names) {
    const members = names.map((name) => tables.get(name));
    const own = [...functions.values()];
    const service = standard.filter((symbol) => !functions.has(symbol.Name));
    const database = new S.DatabaseSymbol.ctor("workspace", [...members, ...own, ...service]);
    const cluster = new S.ClusterSymbol.ctor("service", [database, watchlists]);
    return K.GlobalState.Default.WithCluster(cluster).WithDatabase(database);
  }

  // ---- What a query needs ----------------------------------------------------------------------

  // Collects what `root` refers to. `place` is where to report what stands in the body of a called
  // function: offsets there are not the query's. `calls` are the functions being called.
  function collect(root, needs, place, calls) {
    K.Syntax.SyntaxElement.WalkElements(root, (element) => {
      if (searchesAll(element)) needs.all.forEach((name) => needs.tables.add(name));
      const symbol = element.ReferencedSymbol;
      if (!symbol) return;
      if (symbol instanceof S.TableSymbol) noteTable(symbol, needs);
      else if (symbol instanceof S.GroupSymbol) each(symbol.Members, (one) => noteTable(one, needs));
      else if (symbol instanceof S.FunctionSymbol) noteCall(element, symbol, needs, place, calls);
    });
  }

  // `search "x"` and `find where …` name no table and read them all.
  function searchesAll(element) {
    const searches =
      element instanceof K.Syntax.SearchOperator || element instanceof K.Syntax.FindOperator;
    const pipe = element.Parent;
    const piped = pipe instanceof K.Syntax.PipeExpression && pipe.Operator === element;
    return searches && !element.InClause && !piped;
  }

  // C# lists are sometimes JavaScript arrays here and sometimes not.
  function each(list, action) {
    if (Array.isArray(list)) list.forEach((item) => action(item));
    else for (let i = 0; i < list.Count; i++) action(list.getItem(i));
  }

  function noteTable(symbol, needs) {
    if (symbol instanceof S.TableSymbol && tables.get(symbol.Name) === symbol) {
      needs.tables.add(symbol.Name);
    }
  }

  function noteCall(element, symbol, needs, place, calls) {
    const parent = element.Parent;
    const isCall = element instanceof K.Syntax.FunctionCallExpression;
    // The name of a call refers to the function too; the call itself has the arguments.
    if (!isCall && parent instanceof K.Syntax.FunctionCallExpression && parent.Name === element) {
      return;
    }
    const at = place || spanOf(isCall ? element.Name : element);
    noteTable(element.ResultType, needs); // of table("T")
    if (symbol === standard[0]) return noteWatchlist(element, needs, place, at, calls.at(-1) || "");
    const own = functions.get(symbol.Name) === symbol;
    if (own) needs.functions.add(symbol.Name);
    if (own && calls.includes(symbol.Name)) {
      const message = `The function '${symbol.Name}' calls itself.`;
      needs.problems.push(["recursive-function", "Error", message, ...at, symbol.Name]);
      return;
    }
    const body = element.GetCalledFunctionBody();
    if (!body || needs.visited.has(body)) return;
    needs.visited.add(body);
    if (own && !needs.bodies.has(symbol.Name)) needs.bodies.set(symbol.Name, body);
    const before = needs.problems.length;
    collect(body, needs, at, own ? [...calls, symbol.Name] : calls);
    const explained = needs.problems.slice(before).some(([, severity]) => severity === "Error");
    if (own && !place && !explained) noteFailure(symbol, body, needs, at);
  }

  // The compiler keeps quiet about what is wrong inside a function that a query calls.
  function noteFailure(symbol, body, needs, at) {
    const failure = failureIn(symbol.Name, body, []);
    if (failure) {
      const message = K.DiagnosticFacts.GetErrorInExpansion(symbol.Name, failure.message).Message;
      needs.problems.push(["KS200", "Error", message, ...at, failure.culprit]);
    }
  }

  function failureIn(name, body, calls) {
    let failure = null;
    each(body.GetContainedDiagnostics(SYNTAX_AND_MEANING), (item) => {
      if (!failure && item.Severity === "Error") failure = { culprit: name, message: item.Message };
    });
    if (failure || calls.includes(name)) return failure;
    K.Syntax.SyntaxElement.WalkElements(body, (element) => {
      const called = element.ReferencedSymbol;
      if (!(called instanceof S.FunctionSymbol) || called === standard[0] || failure) return;
      const inner = element.GetCalledFunctionBody();
      if (inner) failure = failureIn(called.Name, inner, [...calls, name]);
    });
    return failure;
  }

  function noteWatchlist(call, needs, place, at, caller) {
    const given = call.ArgumentList ? call.ArgumentList.Expressions : null;
    const first = given && given.Count > 0 ? given.getItem$1(0).Element$1 : null;
    const alias = first ? first.ConstantValue : null;
    if (typeof alias === "string") {
      needs.watchlists.push([alias, ...(place || spanOf(first)), caller]);
    } else if (first && !declares(call)) {
      const message = "The alias of the watchlist is not a constant, so its columns are not known.";
      needs.problems.push(["unknown-watchlist-alias", "Warning", message, ...at, caller]);
    }
  }

  // True inside the declaration of a function, whose parameters get their values from each call.
  function declares(element) {
    for (let node = element.Parent; node; node = node.Parent) {
      if (node instanceof K.Syntax.FunctionDeclaration) return true;
      if (node instanceof K.Syntax.FunctionBody && !node.Parent) return false;
    }
    return false;
  }

  function spanOf(element) {
    return [element.TextStart, element.End];
  }

  // ---- The answer ------------------------------------------------------------------------------

  function columnsOf(type) {
    if (!(type instanceof S.TableSymbol)) return null;
    const result = [];
    each(type.Columns, (column) => result.push([column.Name, scalarName(column.Type)]));
    return result;
  }

  function scalarName(type) {
    if (!type || !type.Name) return "unknown";
    // dynamic subtypes ("dynamic_bag", "dynamic_array", "dynamic(string)") are all dynamic outside.
    return type.Name.startsWith("dynamic") ? "dynamic" : type.Name;
  }

  // Numbers things in the order in which they come; nodes then refer to them by number.
  function numbering(make = (item) => item) {
    const numbers = new Map();
    const items = [];
    const numberOf = (item) => {
      let number = numbers.get(item);
      if (number === undefined) {
        number = items.push(make(item)) - 1;
        numbers.set(item, number);
      }
      return number;
    };
    return { items, numberOf };
  }

  // The tables' own columns that a column is, as [table, column]: one, or several behind a union or
  // a join's key, or none where it was computed. Renaming makes another column of it.
  function originsOf(column, state) {
    const table = state.GetTable(column);
    if (table && tables.get(table.Name) === table) return [[table.Name, column.Name]];
    const found = [];
    if (column.OriginalColumns) {
      each(column.OriginalColumns, (one) => found.push(...originsOf(one, state)));
    }
    return found;
  }

  function sourcesOf(type, state) {
    const result = [];
    each(type.Columns, (column) => result.push(originsOf(column, state)));
    return result;
  }

  // Children first, nine numbers each: kind, start, end, name, symbol, type, columns, origins, how
  // many children. Flat, since a long `a or b or c …` nests by its length and JSON readers recurse.
  function flatten(element, words, shapes, origins, output) {
    let children = 0;
    for (let i = 0; i < element.ChildCount; i++) {
      const child = element.GetChild(i);
      if (child) {
        flatten(child, words, shapes, origins, output);
        children++;
      }
    }
    const symbol = element.ReferencedSymbol;
    const type = element.ResultType;
    const tabular = type instanceof S.TableSymbol;
    output.push(
      words.numberOf(kinds.get(element.Kind) || ""),
      element.TextStart,
      element.End,
      words.numberOf((symbol ? symbol.Name : element.SimpleName) || ""),
      words.numberOf(symbol ? symbolKinds.get(symbol.Kind) || "" : ""),
      words.numberOf(type ? (tabular ? "table" : scalarName(type)) : ""),
      tabular ? shapes.numberOf(type) : -1,
      symbol instanceof S.ColumnSymbol ? origins.numberOf(symbol) : -1,
      children,
    );
    return output;
  }

  // [code, severity, message, start, end, function in whose body it is, columns in scope]
  function diagnosticsOf(code, problems) {
    const result = [];
    each(code.GetDiagnostics(), (item) => {
      const scope = result.length < SCOPES ? scopeAt(code, item) : [];
      const end = item.Start + item.Length;
      result.push([item.Code, item.Severity, item.Message, item.Start, end, "", scope]);
    });
    for (const problem of problems) result.push([...problem, []]);
    return result;
  }

  function scopeAt(code, diagnostic) {
    if (diagnostic.Severity !== "Error" || !code.HasSemantics) return [];
    const found = K.Binding.Binder.GetRowScope(code.Tree, diagnostic.Start, code.Globals);
    return found ? columnsOf(found).map(([name]) => name) : [];
  }

  function bind(text, names, schemas) {
    define(schemas);
    const code = K.KustoCode.ParseAndAnalyze(text, globals(names));
    const needs = {
      all: names,
      tables: new Set(),
      functions: new Set(),
      watchlists: [],
      problems: [],
      bodies: new Map(),
      visited: new Set(),
    };
    const words = numbering();
    const shapes = numbering(columnsOf);
    const origins = numbering((column) => originsOf(column, code.Globals));
    const tree = (root) => flatten(root, words, shapes, origins, []);
    const safe = code.HasSemantics; // a tree that is too deep to analyse is too deep to walk
    if (safe) collect(code.Syntax, needs, null, []);
    const result = code.ResultType;
    return JSON.stringify({
      diagnostics: diagnosticsOf(code, needs.problems),
      columns: columnsOf(result),
      open: result instanceof S.TableSymbol && result.IsOpen,
      tables: [...needs.tables],
      functions: [...needs.functions],
      watchlists: needs.watchlists,
      tree: safe ? tree(code.Syntax) : null,
      bodies: Object.fromEntries([...needs.bodies].map(([name, body]) => [name, tree(body)])),
      words: words.items,
      shapes: shapes.items,
      origins: origins.items,
      sources: safe && result instanceof S.TableSymbol ? sourcesOf(result, code.Globals) : [],
    });
  }

  // ---- Completion ------------------------------------------------------------------------------

  // What may stand at an offset (UTF-16): [kind, match, before, after], ranked by the library.
  function complete(text, offset, names, schemas) {
    define(schemas);
    const items = [];
    K.Parsing.QueryGrammar.From = grammarFrom;
    try {
      const service = new K.Editor.KustoCodeService.$ctor1(text, globals(names));
      each(service.GetCompletionItems(offset).Items, (item) => {
        const kind = completionKinds.get(item.Kind) || "";
        const before = item.BeforeText.replace(/\( $/, "(");
        items.push([kind, item.MatchText, before, item.AfterText || ""]);
      });
    } finally {
      K.Parsing.QueryGrammar.From = noGrammar;
    }
    return JSON.stringify(items);
  }

  return { load, bind, complete };
})();
