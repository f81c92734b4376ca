//! Types of values, and what becomes of values where a type is wanted.

use hydra_bytecode::{Kind, Type};
use hydra_stdlib::value::{Array, Elements, Struct, Symbol, Symbols, Value, convert, default, matches, show_quoted};
use std::sync::Arc;

const INTEGER: u16 = 0;
const REAL: u16 = 1;
const STRING: u16 = 2;
const ANY: u16 = 3;
const INTEGERS: u16 = 4;
const REALS: u16 = 5;
const MATRIX: u16 = 6;
const ANYS: u16 = 7;
const POINT: u16 = 8;
const POINTS: u16 = 9;
const STOP: u16 = 10;
const ROWS: u16 = 11;
const STRINGS: u16 = 12;

fn types() -> Vec<Type> {
    let array = |dims, element| Type::Array { dims, element };
    vec![
        Type::Scalar(Kind::Integer),
        Type::Scalar(Kind::Real),
        Type::String,
        Type::Any,
        array(1, INTEGER),
        array(1, REAL),
        array(2, REAL),
        array(1, ANY),
        Type::Struct {
            constructor: 1,
            parts: vec![REAL, ANY],
        },
        array(1, POINT),
        Type::Struct {
            constructor: 2,
            parts: vec![],
        },
        Type::Struct {
            constructor: 3,
            parts: vec![STRING, REALS],
        },
        array(1, STRING),
    ]
}

fn symbols() -> Symbols {
    Symbols::new(&["".into(), "point".into(), "stop".into(), "row".into()])
}

fn array(values: Vec<Value>) -> Value {
    Value::Array(Arc::new(Array::from_values(values)))
}

fn integers(values: &[i64]) -> Value {
    array(values.iter().copied().map(Value::Integer).collect())
}

fn structure(constructor: u32, parts: Vec<Value>) -> Value {
    Value::Struct(Arc::new(Struct {
        constructor: Symbol(constructor),
        parts: parts.into(),
    }))
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}

/// The converted value, or the message.
fn converted(value: Value, ty: u16, bounds: &[(i64, i64)]) -> String {
    let symbols = symbols();
    let mut rest = bounds.iter().copied();
    match convert(value, ty, &types(), &mut rest, &symbols) {
        Ok(value) => {
            assert!(matches(&value, ty, &types()), "{value:?}");
            assert_eq!(rest.len(), 0, "all bounds are used");
            show_quoted(&value, &symbols)
        }
        Err(message) => message,
    }
}

#[test]
fn shapes_are_those_of_values() {
    let types = types();
    let check = |value: Value, shapes: &[u16]| {
        for ty in 0..types.len() as u16 {
            assert_eq!(
                matches(&value, ty, &types),
                shapes.contains(&ty) || ty == ANY,
                "{value:?} as {:?}",
                types[ty as usize]
            );
        }
    };
    check(Value::Integer(1), &[INTEGER]);
    check(Value::Real(1.0), &[REAL]);
    check(text("a"), &[STRING]);
    check(Value::Unit, &[]);
    check(integers(&[1, 2]), &[INTEGERS, ANYS]);
    check(array(vec![Value::Integer(1), Value::Real(2.0)]), &[ANYS]);
    check(array(vec![text("a")]), &[STRINGS, ANYS]);
    check(array(vec![]), &[INTEGERS, REALS, MATRIX, ANYS, POINTS, STRINGS]);
    check(
        array(vec![array(vec![Value::Real(1.0)]), array(vec![])]),
        &[MATRIX, ANYS],
    );
    let lengths = [1, 2].as_slice().into();
    let flat = Array {
        lengths,
        elements: Elements::Words(Kind::Real, vec![0, 0]),
    };
    check(Value::Array(Arc::new(flat)), &[MATRIX, ANYS]);
    check(structure(1, vec![Value::Real(1.0), Value::Unit]), &[POINT]);
    check(structure(1, vec![Value::Integer(1), Value::Unit]), &[]);
    check(structure(1, vec![Value::Real(1.0)]), &[]);
    check(Value::Signal(Symbol(2)), &[STOP]);
    check(Value::Signal(Symbol(1)), &[]);
    // an array of any has the shape of its elements
    let lengths = [2].as_slice().into();
    let any = Array {
        lengths,
        elements: Elements::Values(vec![Value::Integer(1), Value::Integer(2)]),
    };
    check(Value::Array(Arc::new(any)), &[INTEGERS, ANYS]);
}

#[test]
fn integers_become_reals_where_reals_are_wanted() {
    assert_eq!(converted(Value::Integer(2), REAL, &[]), "2.0");
    assert_eq!(converted(integers(&[1, 2]), REALS, &[(1, 2)]), "[1.0, 2.0]");
    assert_eq!(
        converted(array(vec![Value::Integer(1), Value::Real(0.5)]), REALS, &[(0, 1)]),
        "[1.0, 0.5]"
    );
    assert_eq!(
        converted(
            array(vec![integers(&[1, 2]), integers(&[3, 4])]),
            MATRIX,
            &[(0, 1), (5, 6)]
        ),
        "[[1.0, 2.0], [3.0, 4.0]]"
    );
    let point = || structure(1, vec![Value::Integer(1), Value::Integer(2)]);
    assert_eq!(converted(point(), POINT, &[]), "point(1.0, 2)");
    assert_eq!(
        converted(array(vec![point(), point()]), POINTS, &[(1, 2)]),
        "[point(1.0, 2), point(1.0, 2)]"
    );
    assert_eq!(
        converted(structure(3, vec![text("a"), integers(&[7])]), ROWS, &[(1, 1)]),
        "row(\"a\", [7.0])"
    );
}

#[test]
fn what_does_not_fit_is_said() {
    assert_eq!(
        converted(text("three"), INTEGER, &[]),
        "string \"three\" where integer is wanted"
    );
    assert_eq!(
        converted(Value::Real(1.0), INTEGER, &[]),
        "real 1.0 where integer is wanted"
    );
    assert_eq!(
        converted(integers(&[1, 2, 3]), INTEGERS, &[(1, 4)]),
        "array of 3 elements where 1..4 is wanted"
    );
    assert_eq!(
        converted(integers(&[1]), INTEGERS, &[(1, 0)]),
        "array of 1 element where 1..0 is wanted"
    );
    assert_eq!(converted(Value::Unit, STRING, &[]), "() where string is wanted");
    assert_eq!(
        converted(array(vec![text("a")]), INTEGERS, &[(1, 1)]),
        "string \"a\" where integer is wanted"
    );
    assert_eq!(
        converted(Value::Integer(1), INTEGERS, &[(1, 1)]),
        "integer 1 where array of integer is wanted"
    );
    assert_eq!(
        converted(Value::Signal(Symbol(2)), POINT, &[]),
        "stop() where point(real, any) is wanted"
    );
    assert_eq!(
        converted(structure(1, vec![Value::Unit]), POINT, &[]),
        "point(()) where point(real, any) is wanted"
    );
    assert_eq!(
        converted(array(vec![Value::Integer(1)]), MATRIX, &[(1, 1), (1, 1)]),
        "integer 1 where dimension 2 of an array of real with 2 dimensions is wanted"
    );
    let long = text(&"x".repeat(1000));
    assert!(converted(long, INTEGER, &[]).len() < 120);
}

#[test]
fn arrays_keep_their_form() {
    let (symbols, types) = (symbols(), types());
    let convert = |value: &Value, ty, bounds: &[(i64, i64)]| match convert(
        value.clone(),
        ty,
        &types,
        &mut bounds.iter().copied(),
        &symbols,
    )
    .unwrap()
    {
        Value::Array(array) => array,
        other => panic!("{other:?}"),
    };
    let nested = array(vec![array(vec![Value::Real(1.0)]), array(vec![Value::Real(2.0)])]);
    let flat = convert(&nested, MATRIX, &[(1, 2), (0, 0)]);
    assert_eq!(flat.lengths.as_slice(), [2, 1]);
    assert_eq!(flat.elements.kind(), Some(Kind::Real));
    // nothing is copied that is as it must be
    assert!(Arc::ptr_eq(
        &flat,
        &convert(&Value::Array(flat.clone()), MATRIX, &[(5, 6), (1, 1)])
    ));
    assert_eq!(convert(&integers(&[1]), ANYS, &[(1, 1)]).elements.kind(), None);
    assert_eq!(
        convert(&array(vec![]), MATRIX, &[(1, 0), (1, 3)]).lengths.as_slice(),
        [0, 3]
    );
    let rows = convert(&Value::Array(flat.clone()), ANYS, &[(1, 2)]);
    assert_eq!((rows.lengths.as_slice(), rows.total()), ([2].as_slice(), 2));
}

#[test]
fn defaults() {
    let symbols = symbols();
    let shown = |ty, bounds: &[(i64, i64)]| match default(ty, &types(), &mut bounds.iter().copied()) {
        Ok(value) => show_quoted(&value, &symbols),
        Err(message) => message,
    };
    assert_eq!(shown(REAL, &[]), "0.0");
    assert_eq!(shown(ANY, &[]), "()");
    assert_eq!(shown(STOP, &[]), "stop()");
    assert_eq!(shown(MATRIX, &[(1, 2), (-1, 0)]), "[[0.0, 0.0], [0.0, 0.0]]");
    assert_eq!(shown(POINTS, &[(1, 2)]), "[point(0.0, ()), point(0.0, ())]");
    assert_eq!(shown(ROWS, &[(1, 2)]), "row(\"\", [0.0, 0.0])");
    assert_eq!(shown(INTEGERS, &[(3, -3)]), "[]");
    assert_eq!(
        shown(INTEGERS, &[(i64::MIN, i64::MAX)]),
        "an array with the bounds -9223372036854775808..9223372036854775807 is too large"
    );
    assert_eq!(
        shown(MATRIX, &[(1, 100_000), (1, 100_000)]),
        "an array of 100000 × 100000 elements is too large"
    );
    assert_eq!(shown(MATRIX, &[(1, 0), (1, 1_000_000_000)]), "[]");
}
