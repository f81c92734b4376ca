//! Operators on values mean what they mean in rhai: all pairs of many values, compared with rhai itself.

use hydra_bytecode::{BinOp, CmpOp};
use hydra_stdlib::value::{Array, Struct, Symbol, Symbols, Value, from_dynamic, ops, show, to_dynamic};
use rhai::{Dynamic, Engine, OptimizationLevel, Scope};
use std::sync::Arc;

/// Values of all kinds, as rhai writes them.
const VALUES: &[&str] = &[
    "()",
    "0",
    "1",
    "-1",
    "7",
    "-3",
    "9223372036854775807",
    "-9223372036854775808",
    "9007199254740993",
    "0.0",
    "-0.0",
    "1.0",
    "-1.5",
    "0.1 + 0.2",
    "0.3",
    "1e-20",
    "1e-200",
    "1e300",
    "-1e300",
    "9007199254740992.0",
    "1.0 / 0.0",
    "-1.0 / 0.0",
    "0.0 / 0.0",
    "1.0000000000000002",
    "1e13",
    "1.5e13",
    "1e-13",
    "123456.789",
    "true",
    "false",
    "'a'",
    "'b'",
    "'\\x00'",
    "'é'",
    r#""""#,
    r#""a""#,
    r#""ab""#,
    r#""b""#,
    r#""a\"b\n""#,
    r#""7""#,
    "[]",
    "[1]",
    "[1.0]",
    "[1, 2]",
    "[1, \"a\"]",
    "['a', 'b']",
    "[0.1 + 0.2, 1e15]",
    "[0.3, 1e15]",
    "[[1, 2], [3]]",
    "[[1, 2], [3.0]]",
    "[()]",
    "[0.0 / 0.0]",
    "#{}",
    "#{a: 1}",
    "#{a: 1.0, b: [\"x\"]}",
    "[#{a: 1}]",
    "1..3",
    "1..=3",
    "blob(2, 65)",
];

fn engine() -> Engine {
    let mut engine = Engine::new();
    engine.set_optimization_level(OptimizationLevel::None);
    engine
}

fn values(engine: &Engine) -> Vec<Dynamic> {
    VALUES
        .iter()
        .map(|text| {
            engine
                .eval::<Dynamic>(text)
                .unwrap_or_else(|error| panic!("{text}: {error}"))
        })
        .collect()
}

/// What rhai makes of an expression over `a` and `b`.
fn rhai(engine: &Engine, text: &str, a: &Dynamic, b: &Dynamic) -> Option<Dynamic> {
    let mut scope = Scope::new();
    scope.push_dynamic("a", a.clone());
    scope.push_dynamic("b", b.clone());
    engine.eval_with_scope(&mut scope, text).ok()
}

/// The same to the last bit.
fn debug(value: &Dynamic) -> String {
    format!("{} {value:?}", value.type_name())
}

#[test]
fn arithmetic_agrees_with_rhai() {
    let (engine, symbols) = (engine(), Arc::new(Symbols::new(&[])));
    let dynamics = values(&engine);
    for a in &dynamics {
        for b in &dynamics {
            let (x, y) = (from_dynamic(a.clone()).unwrap(), from_dynamic(b.clone()).unwrap());
            for op in BinOp::ALL {
                let expected = rhai(&engine, &format!("a {} b", op.symbol()), a, b).map(|value| debug(&value));
                let found = ops::binary(op, &x, &y, &symbols)
                    .ok()
                    .map(|value| debug(&to_dynamic(&value, &symbols)));
                assert_eq!(found, expected, "{a:?} {} {b:?}", op.symbol());
            }
        }
    }
}

#[test]
fn comparisons_agree_with_rhai() {
    let (engine, symbols) = (engine(), Arc::new(Symbols::new(&[])));
    let dynamics = values(&engine);
    for a in &dynamics {
        for b in &dynamics {
            let (x, y) = (from_dynamic(a.clone()).unwrap(), from_dynamic(b.clone()).unwrap());
            for (op, text) in CmpOp::ALL.into_iter().zip(["==", "!=", "<", "<=", ">", ">="]) {
                let expected = rhai(&engine, &format!("a {text} b"), a, b).and_then(|value| value.as_bool().ok());
                let found = ops::compare(op, &x, &y, &symbols).ok();
                assert_eq!(found, expected, "{a:?} {text} {b:?}");
            }
        }
    }
}

#[test]
fn negation_and_text_agree_with_rhai() {
    let (engine, symbols) = (engine(), Arc::new(Symbols::new(&[])));
    for a in &values(&engine) {
        let x = from_dynamic(a.clone()).unwrap();
        let expected = rhai(&engine, "-a", a, a).map(|value| debug(&value));
        let found = ops::negate(&x).ok().map(|value| debug(&to_dynamic(&value, &symbols)));
        assert_eq!(found, expected, "-{a:?}");
        let expected = rhai(&engine, "`${a}`", a, a).unwrap();
        assert_eq!(show(&x, &symbols), expected.to_string(), "{a:?}");
        let inside = rhai(&engine, "`${[a]}`", a, a).unwrap();
        let array = Value::Array(Arc::new(Array::from_values(vec![x])));
        assert_eq!(show(&array, &symbols), inside.to_string(), "[{a:?}]");
    }
}

#[test]
fn there_and_back_is_the_same() {
    let (engine, symbols) = (engine(), Arc::new(Symbols::new(&[])));
    for a in &values(&engine) {
        let back = to_dynamic(&from_dynamic(a.clone()).unwrap(), &symbols);
        assert_eq!(debug(&back), debug(a));
    }
}

#[test]
fn failures_say_what_the_values_were() {
    let symbols = Arc::new(Symbols::new(&[]));
    let text = |op, a, b| ops::binary(op, &a, &b, &symbols).unwrap_err();
    let (int, string) = (Value::Integer, |text: &str| Value::String(text.into()));
    assert_eq!(text(BinOp::Div, int(10), int(0)), "division by zero: 10 / 0");
    assert_eq!(text(BinOp::Rem, int(10), int(0)), "division by zero: 10 % 0");
    assert_eq!(
        text(BinOp::Add, int(i64::MAX), int(1)),
        "integer overflow: 9223372036854775807 + 1"
    );
    assert_eq!(
        text(BinOp::Rem, int(i64::MIN), int(-1)),
        "integer overflow: -9223372036854775808 % -1"
    );
    assert_eq!(
        text(BinOp::Mul, string("x"), Value::Boolean(true)),
        "\"x\" * true: * does not apply to string and boolean"
    );
}

fn structure(constructor: u32, parts: Vec<Value>) -> Value {
    Value::Struct(Arc::new(Struct {
        constructor: Symbol(constructor),
        parts: parts.into(),
    }))
}

#[test]
fn structured_values_compare_by_constructor_and_parts() {
    let symbols = Arc::new(Symbols::new(&["".into(), "p".into(), "q".into()]));
    let equal = |a: &Value, b: &Value| {
        let equal = ops::compare(CmpOp::Eq, a, b, &symbols).unwrap();
        assert_eq!(ops::compare(CmpOp::Ne, a, b, &symbols).unwrap(), !equal);
        equal
    };
    let p = |x: f64| structure(1, vec![Value::Real(x), Value::Unit]);
    assert!(equal(&p(0.3), &p(0.1 + 0.2)));
    assert!(!equal(&p(0.3), &p(0.4)));
    assert!(equal(&p(3.0), &structure(1, vec![Value::Integer(3), Value::Unit])));
    assert!(!equal(&p(1.0), &structure(2, vec![Value::Real(1.0), Value::Unit])));
    assert!(!equal(&p(1.0), &Value::Signal(Symbol(1))));
    assert!(equal(&Value::Signal(Symbol(1)), &Value::Signal(Symbol(1))));
    assert!(!equal(&Value::Signal(Symbol(1)), &Value::Integer(1)));
    assert!(ops::compare(CmpOp::Lt, &p(1.0), &p(2.0), &symbols).is_err());
    let deep = |n| (0..n).fold(Value::Unit, |value, _| structure(1, vec![value]));
    assert!(equal(&deep(100_000), &deep(100_000)));
    assert!(!equal(&deep(100_000), &deep(100_001)));
    assert_eq!(show(&deep(100_000), &symbols).len(), 3 * 100_000 + 2);
}

#[test]
fn structured_values_print_as_they_are_written() {
    let symbols = Arc::new(Symbols::new(&["".into(), "insert".into(), "stop".into()]));
    let parts = vec![
        Value::Integer(4),
        Value::String("two".into()),
        Value::Character('c'),
        Value::Real(1.0),
        Value::Unit,
        Value::Signal(Symbol(2)),
        Value::Array(Arc::new(Array::from_values(vec![
            Value::String("x".into()),
            structure(0, vec![Value::Unit]),
        ]))),
    ];
    let value = structure(1, parts);
    let written = r#"insert(4, "two", 'c', 1.0, (), stop(), ["x", (())])"#;
    assert_eq!(show(&value, &symbols), written);
    let joined = ops::binary(BinOp::Add, &Value::String("v = ".into()), &value, &symbols).unwrap();
    assert_eq!(show(&joined, &symbols), format!("v = {written}"));
}
