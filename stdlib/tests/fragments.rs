//! Fragments as they run.

use hydra_bytecode::{
    Const, Edit, Fragment, FragmentVariable, Include, Kind, Module, Reg, ScriptModule, Slot, Source, Span, Type,
};
use hydra_stdlib::engine::{Input, Output, ScriptEngine, ScriptError, ScriptHost, ScriptProgram};
use hydra_stdlib::limits::THREAD_STACK_BYTES;
use hydra_stdlib::value::{Array, Elements, Struct, Symbol, Symbols, Value, show, show_quoted};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Remembers what is printed; time stands at 2.5 s.
#[derive(Default)]
struct Host {
    lines: Mutex<Vec<String>>,
    full: bool,
    stop: AtomicBool,
}

impl ScriptHost for Host {
    fn print(&self, line: &str) -> Result<(), String> {
        self.lines.lock().unwrap().push(line.into());
        if self.full {
            Err("the disk is full".into())
        } else {
            Ok(())
        }
    }

    fn now(&self) -> Duration {
        Duration::from_millis(2500)
    }

    fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn since_epoch(&self) -> Duration {
        Duration::from_secs(1000)
    }
}

/// What came of a run: or the error and the text that it points at.
type Outcome = Result<(Output, Arc<Symbols>, Arc<Host>), (ScriptError, String)>;

/// A program of one fragment with variables.
#[derive(Default)]
struct Setup {
    module: Module,
    inputs: Vec<Input>,
    host: Arc<Host>,
    source: String,
}

impl Setup {
    fn new(text: &str) -> Self {
        let mut setup = Setup {
            source: format!("  {{{text}}}"),
            ..Setup::default()
        };
        setup.module.types = vec![
            Type::Any,
            Type::Array { dims: 1, element: 0 },
            Type::Array { dims: 2, element: 0 },
        ];
        setup.module.slots = (0..3)
            .map(|ty| Slot {
                ty,
                bounds: 0,
                name: String::new(),
            })
            .collect();
        setup.module.strings = vec!["".into(), "entry".into(), "stop".into()];
        let span = Span::new(0, 3, 3 + text.len() as u32);
        setup.module.fragments = vec![Fragment {
            text: text.into(),
            span,
            why: String::new(),
            edits: vec![],
            variables: vec![],
            constants: vec![],
            params: vec![],
        }];
        setup
    }

    fn variable(mut self, name: &str, value: Value) -> Self {
        self.add(name, value, 0, false, &[]);
        self
    }

    /// An array that is mentioned with subscripts only.
    fn view(mut self, name: &str, value: Value, bounds: &[(i64, i64)]) -> Self {
        self.add(name, value, bounds.len() as u16, true, bounds);
        self
    }

    /// An array that is rhai's own; the text has `hydra_at`.
    fn array(mut self, name: &str, value: Value, bounds: &[(i64, i64)]) -> Self {
        self.add(name, value, bounds.len() as u16, false, bounds);
        self
    }

    fn add(&mut self, name: &str, value: Value, slot: u16, indexed: bool, bounds: &[(i64, i64)]) {
        self.module.fragments[0].variables.push(FragmentVariable {
            name: name.into(),
            reg: Reg::R(0),
            slot,
            reads: true,
            writes: true,
            indexed,
        });
        self.inputs.push(Input {
            value,
            bounds: bounds.into(),
        });
    }

    fn include(mut self, text: &str) -> Self {
        let start = self.source.len() as u32;
        self.source.push_str(text);
        let span = Span::new(0, start, self.source.len() as u32);
        self.module.includes.push(Include {
            text: text.into(),
            span,
        });
        self
    }

    fn script(mut self, path: &str, text: &str) -> Self {
        self.module.scripts.push(ScriptModule {
            path: path.into(),
            text: text.into(),
        });
        self
    }

    fn constant(mut self, name: &str, value: Const) -> Self {
        let index = self.module.values.len() as u16;
        self.module.values.push(value);
        self.module.globals.push((name.into(), index));
        self.module.fragments[0].constants.push((name.into(), index));
        self
    }

    fn engine(&mut self) -> (ScriptEngine, Arc<Symbols>) {
        self.module.sources = vec![Source {
            path: "test.csp".into(),
            text: self.source.clone(),
        }];
        let symbols = Arc::new(Symbols::new(&self.module.strings));
        let program = Arc::new(ScriptProgram::new(&self.module));
        (ScriptEngine::new(program, self.host.clone(), symbols.clone()), symbols)
    }

    fn run(mut self) -> Outcome {
        let (mut engine, symbols) = self.engine();
        match engine.run(0, self.inputs, &[]) {
            Ok(output) => Ok((output, symbols, self.host)),
            Err(error) => {
                let place = self.source[error.span.start as usize..error.span.end as usize].to_string();
                Err((error, place))
            }
        }
    }

    /// The value of the fragment, what it left in its variables, and what it printed.
    fn result(self) -> String {
        let text = self.source.clone();
        let (output, symbols, host) = self.run().unwrap_or_else(|error| panic!("{text}: {error:?}"));
        let mut parts = vec![show_quoted(&output.value, &symbols)];
        parts.extend(output.variables.iter().flatten().map(|value| show(value, &symbols)));
        parts.extend(host.lines.lock().unwrap().iter().map(|line| format!("<{line}>")));
        parts.join("; ")
    }

    /// The message and the text that the error points at.
    fn error(self) -> (String, String) {
        let text = self.source.clone();
        let Err((error, place)) = self.run() else {
            panic!("{text}: no error")
        };
        (error.message, place)
    }
}

fn integers(values: &[i64]) -> Value {
    let words = values.iter().map(|&n| n as u64).collect();
    let lengths = [values.len() as u32].as_slice().into();
    Value::Array(Arc::new(Array {
        lengths,
        elements: Elements::Words(Kind::Integer, words),
    }))
}

fn matrix(rows: u32, values: &[i64]) -> Value {
    let words = values.iter().map(|&n| n as u64).collect();
    let lengths = [rows, values.len() as u32 / rows].as_slice().into();
    Value::Array(Arc::new(Array {
        lengths,
        elements: Elements::Words(Kind::Integer, words),
    }))
}

fn entry(parts: Vec<Value>) -> Value {
    Value::Struct(Arc::new(Struct {
        constructor: Symbol(1),
        parts: parts.into(),
    }))
}

#[test]
fn variables_are_read_and_assigned() {
    assert_eq!(Setup::new("x + 1").variable("x", Value::Integer(4)).result(), "5; 4");
    assert_eq!(
        Setup::new("x = x * 2; y += x")
            .variable("x", Value::Integer(4))
            .variable("y", Value::Real(0.5))
            .result(),
        "(); 8; 8.5"
    );
    assert_eq!(
        Setup::new("let x = x + 1; x").variable("x", Value::Integer(4)).result(),
        "5; 4"
    );
    assert_eq!(
        Setup::new("x.push(3); x").variable("x", integers(&[1])).result(),
        "[1, 3]; [1, 3]"
    );
    assert_eq!(
        Setup::new("return x; 7").variable("x", Value::Character('c')).result(),
        "'c'; c"
    );
    assert_eq!(Setup::new("").result(), "()");
    assert_eq!(
        Setup::new("let f = |n| n + x; f.call(1) + f.call(2)")
            .variable("x", Value::Integer(1))
            .result(),
        "5; 1"
    );
    assert_eq!(
        Setup::new("let f = || { x += 1 }; f.call(); f.call(); x")
            .variable("x", Value::Integer(1))
            .result(),
        "3; 3"
    );
    assert_eq!(
        Setup::new("fn f(n) { n * 2 } f(x)")
            .variable("x", Value::Integer(3))
            .result(),
        "6; 3"
    );
    assert_eq!(
        Setup::new("const K = 2; fn f(n) { n * global::K } f(x)")
            .variable("x", Value::Integer(3))
            .result(),
        "6; 3"
    );
}

#[test]
fn an_engine_runs_again_and_again() {
    let mut setup = Setup::new("print(\"n = \" + n); n += 1; let t = n; t").variable("n", Value::Integer(0));
    let (mut engine, symbols) = setup.engine();
    for i in 0..100 {
        let output = engine
            .run(
                0,
                vec![Input {
                    value: Value::Integer(i),
                    ..Input::default()
                }],
                &[],
            )
            .unwrap();
        assert_eq!(show(&output.value, &symbols), (i + 1).to_string());
        assert_eq!(
            show(output.variables[0].as_ref().unwrap(), &symbols),
            (i + 1).to_string()
        );
    }
    assert_eq!(setup.host.lines.lock().unwrap()[99], "n = 99");
}

#[test]
fn views_of_arrays_count_from_their_bounds() {
    let a = || integers(&[10, 20, 30]);
    let with = |text: &str| Setup::new(text).view("a", a(), &[(1, 3)]);
    assert_eq!(with("a[1] + a[3]").result(), "40; [10, 20, 30]");
    assert_eq!(with("a[2] = 5; a[1] += 1; a[3] *= 2").result(), "(); [11, 5, 60]");
    assert_eq!(
        with("let k = 2; a[k] = a[k - 1] + a[k + 1]; a[k]").result(),
        "40; [10, 40, 30]"
    );
    assert_eq!(with("let f = |i| a[i]; f.call(2)").result(), "20; [10, 20, 30]");
    assert_eq!(
        with("let f = |i| { a[i] = 0 }; f.call(2); a[2]").result(),
        "0; [10, 0, 30]"
    );
    assert_eq!(with("`${a[1]} ${a[3]}`").result(), "\"10 30\"; [10, 20, 30]");
    assert_eq!(with("a[1] = \"x\"; a[1] + a[2]").result(), "\"x20\"; [\"x\", 20, 30]");
    assert_eq!(
        with("a[1] += a[0]").error(),
        ("index 0 outside 1..3".into(), "[0]".into())
    );
    assert_eq!(with("a[1];\n  a[4] = 1").error().0, "index 4 outside 1..3");
    assert_eq!(with("a[-1]").error().0, "index -1 outside 1..3");
    assert_eq!(with("a[1.5]").error().0, "an index must be an integer, not real");
    assert_eq!(
        with("a[1][0]").result(),
        "false; [10, 20, 30]",
        "rhai's bits of an integer"
    );
    let negative = Setup::new("a[-1] = 7; a[-2]").view("a", a(), &[(-2, 0)]);
    assert_eq!(negative.result(), "10; [10, 7, 30]");
}

#[test]
fn views_of_matrices() {
    let with = |text: &str| Setup::new(text).view("m", matrix(2, &[0, 1, 2, 3, 4, 5]), &[(1, 2), (0, 2)]);
    assert_eq!(with("m[1][0] + m[2][2]").result(), "5; [[0, 1, 2], [3, 4, 5]]");
    assert_eq!(
        with("m[1][1] = 9; m[2][0] += 10; m[2][0]").result(),
        "13; [[0, 9, 2], [13, 4, 5]]"
    );
    assert_eq!(with("m[0][0]").error().0, "index 0 outside 1..2");
    assert_eq!(with("m[1][3]").error().0, "index 3 outside 0..2");
    // rows as values count from 0
    assert_eq!(with("let r = m[2]; r[0] + r[-1]").result(), "8; [[0, 1, 2], [3, 4, 5]]");
    assert_eq!(
        with("print(m[2]); m[1] = [7, 8, m[2][2]]; m[1][2]").result(),
        "5; [[7, 8, 5], [3, 4, 5]]; <[3, 4, 5]>"
    );
    assert_eq!(
        with("let r = m[1]; r[0] = 99; m[1][0]").result(),
        "0; [[0, 1, 2], [3, 4, 5]]"
    );
    assert_eq!(with("m[1].len()").result(), "3; [[0, 1, 2], [3, 4, 5]]");
    let (message, place) = with("let s = \"é\"; let r = m[1]; r[0] + m[ 3 ][0]").error();
    assert_eq!((message.as_str(), place.as_str()), ("index 3 outside 1..2", "[ 3 ]"));
}

#[test]
fn views_of_other_elements() {
    let book = || {
        let entry = |text: &str, n| entry(vec![Value::String(text.into()), Value::Integer(n)]);
        Value::Array(Arc::new(Array::from_values(vec![entry("one", 1), entry("two", 22)])))
    };
    let with = |text: &str| Setup::new(text).view("book", book(), &[(1, 2)]);
    assert_eq!(
        with("book[2].name + \" \" + book[2].args[0]")
            .result()
            .split(';')
            .next(),
        Some("\"entry two\"")
    );
    assert_eq!(
        with("print(book[1]); book[1].args.len()").result(),
        r#"2; [entry("one", 1), entry("two", 22)]; <entry("one", 1)>"#
    );
    assert_eq!(
        with("book[1] = shape(\"entry\", [\"x\", 9])").result(),
        r#"(); [entry("x", 9), entry("two", 22)]"#
    );
    assert!(with("book[1].args[0] = 5").error().0.contains("cannot be changed"));
    // bounds of arrays inside of elements follow
    let mut inner = with("book[2].args[1]");
    inner.inputs[0].bounds.push((5, 9));
    assert!(inner.result().starts_with("22; "));
    let lists = Value::Array(Arc::new(Array::from_values(vec![integers(&[1]), integers(&[2, 3])])));
    let with = |text: &str| Setup::new(text).view("l", lists.clone(), &[(0, 1)]);
    assert_eq!(
        with("l[1][0] = 7; l[0].push(9); l[1][-1]").result(),
        "3; [[1, 9], [7, 3]]"
    );
}

#[test]
fn other_arrays_are_rhai_s() {
    let with = |text: &str| Setup::new(text).array("a", integers(&[10, 20, 30]), &[(1, 3)]);
    assert_eq!(
        with("a[hydra_at(1, hydra_bounds_a, 0)] + a.len()").result(),
        "13; [10, 20, 30]"
    );
    assert_eq!(
        with("a[hydra_at(3, a_bounds, 0)] = 1; a").result(),
        "[10, 20, 1]; [10, 20, 1]"
    );
    assert_eq!(
        with("a[hydra_at(0, hydra_bounds_a, 0)]").error().0,
        "index 0 outside 1..3"
    );
    assert_eq!(with("let b = a; b[0] + b[-1]").result(), "40; [10, 20, 30]");
    assert_eq!(
        with("a = [1, 2, 3, 4]; a.pop(); print(a)").result(),
        "(); [1, 2, 3]; <[1, 2, 3]>"
    );
    let m = Setup::new("let s = 0; for r in m { for x in r { s += x } } s").array(
        "m",
        matrix(2, &[1, 2, 3, 4]),
        &[(0, 1), (0, 1)],
    );
    assert_eq!(m.result(), "10; [[1, 2], [3, 4]]");
}

#[test]
fn edits_are_mapped_back() {
    let mut setup = Setup::new("é + a[hydra_at(k - 1, hydra_bounds_a, 0)] + b").array("a", integers(&[1]), &[(1, 1)]);
    setup = setup
        .variable("k", Value::Integer(1))
        .variable("b", Value::Integer(1))
        .variable("é", Value::Unit);
    // rhai knows no such name; keep the width
    setup.module.fragments[0].text = "e + a[hydra_at(k - 1, hydra_bounds_a, 0)] + nope".into();
    setup.module.fragments[0].variables[3].name = "e".into();
    setup.inputs[3].value = Value::Integer(1);
    setup.source = "  {é + a[k - 1] + nope}".into();
    setup.module.fragments[0].span = Span::new(0, 3, setup.source.len() as u32 - 1);
    setup.module.fragments[0].edits = vec![
        Edit {
            line: 1,
            column: 7,
            length: 9,
        },
        Edit {
            line: 1,
            column: 21,
            length: 20,
        },
    ];
    let (mut engine, _) = setup.engine();
    let mut inputs = setup.inputs.clone();
    let error = engine.run(0, inputs.clone(), &[]).unwrap_err();
    assert_eq!(error.message, "index 0 outside 1..1");
    assert!(
        "[k - 1]".contains(&setup.source[error.span.start as usize..error.span.end as usize]),
        "{error:?}"
    );
    inputs[1].value = Value::Integer(2);
    let error = engine.run(0, inputs, &[]).unwrap_err();
    assert_eq!(error.message, "unknown variable `nope`");
    assert_eq!(
        &setup.source[error.span.start as usize..error.span.end as usize],
        "nope"
    );
}

#[test]
fn structured_values_are_read_only_objects() {
    let with = |text: &str| {
        let value = entry(vec![
            Value::String("two".into()),
            Value::Signal(Symbol(2)),
            integers(&[1, 2]),
        ]);
        Setup::new(text).variable("v", value)
    };
    let shown = r#"entry("two", stop(), [1, 2])"#;
    assert_eq!(
        with("v.name + v.args.len() + v.args[0] + v.args[1].name").result(),
        format!("\"entry3twostop\"; {shown}")
    );
    assert_eq!(
        with("print(v); print([v]); print(\"\" + v + v.args[1]); `${v}`")
            .result()
            .split("; <")
            .skip(1)
            .collect::<Vec<_>>()
            .join("; <"),
        format!("{shown}>; <[{shown}]>; <{shown}stop()>")
    );
    assert_eq!(with("v == shape(\"entry\", v.args)").result(), format!("true; {shown}"));
    assert_eq!(with("v != shape(\"other\", v.args)").result(), format!("true; {shown}"));
    assert_eq!(with("v == 1 || v == \"x\"").result(), format!("false; {shown}"));
    assert_eq!(
        with("v.to_string() + v.args[1].args.len()").result(),
        format!("{:?}; {shown}", format!("{shown}0"))
    );
    assert_eq!(
        with("shape(\"insert\", [1, 'c', shape(\"stop\", [])])").result(),
        format!("insert(1, 'c', stop()); {shown}")
    );
    assert_eq!(with("v = 3; v").result(), "3; 3");
    assert!(with("v.name = \"x\"").error().0.contains("cannot be changed"));
    assert!(with("v.args.push(1)").error().0.contains("cannot be changed"));
    assert!(with("v.nothing").error().0.contains("nothing"));
    assert!(with("shape(\"\", [])").error().0.contains("name"));
    assert!(with("shape(1)").error().0.contains("shape"));
    assert!(with("v < v").error().0.contains('<'));
}

#[test]
fn failures_are_about_values_and_places() {
    let error = |text: &str| Setup::new(text).variable("n", Value::Integer(10)).error();
    assert_eq!(error("throw \"out of paper\""), ("out of paper".into(), "throw".into()));
    assert_eq!(error("throw [1, \"a\"]").0, "[1, \"a\"]");
    assert_eq!(error("n / 0"), ("division by zero: 10 / 0".into(), "/".into()));
    assert_eq!(error("n % 0").0, "division by zero: 10 % 0");
    assert_eq!(
        error("9223372036854775807 + n").0,
        "integer overflow: 9223372036854775807 + 10"
    );
    assert_eq!(
        error("let x = -9223372036854775808; -x").0,
        "integer overflow: -(-9223372036854775808)"
    );
    assert_eq!(error("1 +\n nope"), ("unknown variable `nope`".into(), "nope".into()));
    assert_eq!(
        error("nope(n, \"x\")"),
        (
            "there is no function `nope` for (integer, string)".into(),
            "nope".into()
        )
    );
    assert_eq!(error("n * true").0, "* does not apply to integer and boolean");
    assert_eq!(error("if n { }").0, "integer where boolean is wanted");
    assert_eq!(error("[1, 2][5]").0, "index 5 outside an array of 2 elements");
    assert_eq!(error("\"ab\"[5]").0, "index 5 outside a string of 2 characters");
    assert_eq!(error("|x| x").0, "a function pointer cannot be assigned or sent");
    assert_eq!(
        error("n = #{f: [|x| x]};").0,
        "a function pointer cannot be assigned or sent"
    );
    assert_eq!(error("clock::now()").0, "unknown module `clock`");
    assert_eq!(
        error("sleep(1)").0,
        "`sleep` is not allowed in a fragment: the command `after` waits"
    );
    assert_eq!(error("[3].map(|x| x / 0)").0, "division by zero: 3 / 0");
    assert_eq!(error("try { n / 0 } catch { } n / 0").0, "division by zero: 10 / 0");
    assert_eq!(error("`a${n / 0}b`"), ("division by zero: 10 / 0".into(), "/".into()));
}

#[test]
fn functions_of_includes() {
    let with = |text: &str| {
        Setup::new(text)
            .include("\n  const LIMIT = N - 1;\n  fn square(n) { n * n }\n  fn bad(n) { let s = \"é\"; n / (n - n) }")
            .include("import \"time\" as clock; import \"lib\" as lib;\nfn limit() { square(global::LIMIT) + global::N + global::LATER }\nconst LATER = 1000; fn outer(n) { bad(n) + 1 } fn deep(n) { if n == 0 { 0 } else { 1 + deep(n - 1) } }")
            .script("time", "")
            .script("lib", "import \"other\" as other; const ONE = 1; fn one() { global::ONE + other::two() } fn bad() {\n 1 / 0 }")
            .script("other", "fn two() { 2 }")
            .constant("N", Const::Integer(5))
            .constant("LIMIT", Const::Integer(4))
            .variable("n", Value::Integer(3))
    };
    assert_eq!(with("square(n) + LIMIT + N").result(), "18; 3");
    assert_eq!(with("limit()").result(), "1021; 3");
    assert_eq!(with("clock::now() + clock::time()").result(), "2000.0; 3");
    assert_eq!(with("clock::millis()").result(), "1000000; 3");
    assert_eq!(with("lib::one()").result(), "3; 3");
    assert_eq!(with("global::N + global::LATER").result(), "1005; 3");
    assert_eq!(with("fn f() { square(global::N) } f()").result(), "25; 3");
    assert_eq!(
        with("n.square()").error().0,
        "there is no function `square` for (integer)"
    );
    assert_eq!(with("deep(200)").result(), "200; 3");
    assert_eq!(with("[1, 2].map(|x| square(x))").result(), "[1, 4]; 3");
    let Err((error, place)) = with("outer(n)").run() else {
        panic!()
    };
    assert_eq!(
        (error.message.as_str(), place.as_str(), error.in_function),
        ("division by zero: 3 / 0", "/", true)
    );
    let Err((error, place)) = with("lib::bad()").run() else {
        panic!()
    };
    assert_eq!(error.message, "division by zero: 1 / 0 (lib:2:4)");
    assert!("lib::bad".contains(&place) && !error.in_function, "{place}");
}

#[test]
fn broken_includes_are_reported() {
    let (message, place) = Setup::new("1").include("const A = 1;\nconst B = A / 0;").error();
    assert_eq!((message.as_str(), place.as_str()), ("division by zero: 1 / 0", "/"));
    let (message, _) = Setup::new("1").include("fn f( { }").error();
    assert!(message.contains("missing") || message.contains('{'), "{message}");
    let (message, _) = Setup::new("1").include("import \"nowhere\" as x;").error();
    assert_eq!(message, "unknown module `nowhere`");
}

#[test]
fn constants_of_includes_have_their_own_values() {
    let setup = Setup::new("ORIGIN.args[1] + F.call(1)")
        .include("const ORIGIN = shape(\"p\", [1, 2]); const F = |x| x + 1;")
        .constant("ORIGIN", Const::Unit)
        .constant("F", Const::Unit);
    assert_eq!(setup.result(), "4");
    let setup = Setup::new("ORIGIN.args[1] + F.call(1) + n")
        .include("const ORIGIN = shape(\"p\", [1, 2]); const F = |x| x + 1; const n = 7;")
        .variable("n", Value::Integer(1));
    assert_eq!(setup.result(), "5; 1");
    assert!(
        Setup::new("N = 3")
            .constant("N", Const::Integer(1))
            .error()
            .0
            .contains("constant")
    );
}

#[test]
fn printing() {
    let lines = |text: &str| Setup::new(text).result();
    assert_eq!(
        lines("print(1.0); print('c'); print([\"a\", 'c', 1e15]); print(); debug(\"x\")"),
        "(); <1.0>; <c>; <[\"a\", c, 1000000000000000.0]>; <>; <\"x\">"
    );
    assert_eq!(
        lines("print(()); print(#{a: 1}); print(1..3); print(timestamp())"),
        "(); <>; <#{\"a\": 1}>; <1..3>; <<timestamp>>"
    );
    let mut setup = Setup::new("print(1); print(2); 3");
    setup.host = Arc::new(Host {
        full: true,
        ..Host::default()
    });
    let host = setup.host.clone();
    assert_eq!(setup.error().0, "the disk is full");
    assert_eq!(*host.lines.lock().unwrap(), ["1"]);
    let mut setup = Setup::new("print(1)");
    setup.host = Arc::new(Host {
        full: true,
        ..Host::default()
    });
    assert_eq!(setup.error().0, "the disk is full");
}

#[test]
fn time_is_the_program_s() {
    assert_eq!(
        Setup::new("let t = timestamp(); t.elapsed + t.elapsed()").result(),
        "0.0"
    );
    assert_eq!(Setup::new("let t = timestamp(); (t + 2) - t").result(), "2.0");
    assert_eq!(
        Setup::new("let t = timestamp(); t - 1 < t && t == t && type_of(t) == \"timestamp\"").result(),
        "true"
    );
}

#[test]
fn a_fragment_can_be_stopped() {
    let setup = Setup::new("loop { }");
    setup.host.stop.store(true, Ordering::Relaxed);
    let Err((error, _)) = setup.run() else { panic!() };
    assert!(error.stopped);
}

/// Runs on a stack of the size that workers have.
fn on_worker(text: &'static str, include: &'static str) -> Result<String, String> {
    let run = move || {
        let setup = Setup::new(text).include(include);
        setup
            .run()
            .map(|(output, symbols, _)| show(&output.value, &symbols))
            .map_err(|(error, _)| error.message)
    };
    std::thread::Builder::new()
        .stack_size(THREAD_STACK_BYTES)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap()
}

#[test]
fn endless_recursion_is_an_error() {
    let too_deep = Err("calls are nested too deep".to_string());
    assert_eq!(on_worker("f(1)", "fn f(n) { 1 + f(n + 1) }"), too_deep);
    assert_eq!(
        on_worker(
            "f(1)",
            "fn f(n) { g([n]) } fn g(a) { for x in a { switch x { 0 => 1, _ => { if x > 0 { f(x) } } } } }"
        ),
        too_deep
    );
    assert_eq!(on_worker("f(1)", "fn f(n) { [n].map(|x| f(x)) }"), too_deep);
    assert_eq!(on_worker("f(1)", "fn f(n) { `${`${`${f(n)}`}`}` }"), too_deep);
    assert_eq!(on_worker("fn f(n) { n.f() } 1.f2()", "fn f2() { this.f2() }"), too_deep);
    assert_eq!(on_worker("let f = |g| g.call(g); f.call(f)", ""), too_deep);
    assert_eq!(
        on_worker("f(400)", "fn f(n) { if n == 0 { 0 } else { 1 + f(n - 1) } }"),
        Ok("400".into())
    );
}

#[test]
fn huge_values_are_errors() {
    for text in [
        "let s = \"x\"; loop { s += s }",
        "let s = \"x\"; loop { s = s + s }",
        "let s = \"x\"; s.pad(1_000_000_000_000, 'x')",
        "let a = [1]; a.pad(1_000_000_000_000, 1)",
        "blob(1_000_000_000_000, 0)",
        "let a = [[1, 2, 3, 4, 5, 6, 7, 8]]; loop { a += a }",
    ] {
        let (message, _) = Setup::new(text).error();
        assert!(message.contains("too large"), "{text}: {message}");
    }
    assert!(
        Setup::new("let a = []; for i in 0..1000 { a = [a] } a")
            .error()
            .0
            .contains("deep")
    );
}

#[test]
fn deep_expressions_run_on_a_worker() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("abs(", ")"),
        ("`${", "}`"),
        ("1 + ", ""),
    ] {
        let text: &'static str = format!("{}1{}; 2", open.repeat(1000), close.repeat(1000)).leak();
        assert_eq!(on_worker(text, ""), Ok("2".into()), "{open}");
    }
}
