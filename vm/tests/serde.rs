//! Values of Rust through serde, both ways, and where something is wrong in them.
#![cfg(feature = "compiler")]

use hydra_vm::{Binding, Data, Program, Run, Serde, channel, from_data, to_data};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Message {
    Insert(i64),
    AddOrder {
        price: f64,
        name: String,
    },
    Pair(char, bool),
    Nested(Box<Message>, Vec<Point>),
    Stop,
    #[serde(rename = "has")]
    Contains(Option<u8>),
    HTTPGet2Lines(Id),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i64,
    y: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Id(u64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct All {
    tuple: (i64, String),
    array: [f64; 2],
    map: BTreeMap<String, i32>,
    unit: (),
    marker: Marker,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Marker;

fn messages() -> Vec<(Message, &'static str)> {
    vec![
        (Message::Insert(3), "insert(3)"),
        (
            Message::AddOrder {
                price: 1.5,
                name: "x".into(),
            },
            "add_order(1.5, \"x\")",
        ),
        (Message::Pair('c', true), "pair('c', true)"),
        (
            Message::Nested(Box::new(Message::Stop), vec![Point { x: 1, y: 2 }]),
            "nested(stop(), [point(1, 2)])",
        ),
        (Message::Contains(Some(7)), "has(some(7))"),
        (Message::Contains(None), "has(none())"),
        (Message::HTTPGet2Lines(Id(9)), "httpget2_lines(id(9))"),
    ]
}

#[test]
fn both_ways() {
    for (message, text) in messages() {
        let data = to_data(&message).unwrap();
        assert_eq!(data.to_string(), text);
        assert_eq!(from_data::<Message>(data).unwrap(), message);
    }
    // the other name of a variant
    let data = Data::shape("Insert", [Data::from(3)]);
    assert_eq!(from_data::<Message>(data).unwrap(), Message::Insert(3));
    let all = All {
        tuple: (1, "one".into()),
        array: [1.0, 2.5],
        map: [("a".to_owned(), 1), ("b".to_owned(), 2)].into(),
        unit: (),
        marker: Marker,
    };
    let data = to_data(&all).unwrap();
    assert_eq!(
        data.to_string(),
        "all((1, \"one\"), (1.0, 2.5), [(\"a\", 1), (\"b\", 2)], (), marker())"
    );
    assert_eq!(from_data::<All>(data).unwrap(), all);
    assert_eq!(from_data::<Vec<i64>>(vec![1, 2].into()).unwrap(), [1, 2]);
    assert_eq!(
        from_data::<(i64, bool)>(Data::shape("any", [1.into(), true.into()])).unwrap(),
        (1, true)
    );
}

#[test]
fn errors_are_named_by_path() {
    let wrong = |data: Data, path: &str, message: &str| {
        let error = from_data::<Message>(data).unwrap_err();
        assert_eq!((error.path().as_str(), error.message()), (path, message));
    };
    let order = |price: Data| Data::shape("add_order", [price, "x".into()]);
    wrong(
        order("dear".into()),
        "add_order.price",
        "invalid type: string \"dear\", expected f64",
    );
    let points = |y: Data| {
        Data::Array(vec![
            Data::shape("point", [1.into(), 2.into()]),
            Data::shape("point", [1.into(), y]),
        ])
    };
    wrong(
        Data::shape("nested", [Data::signal("stop"), points("up".into())]),
        "nested.1[1].point.y",
        "invalid type: string \"up\", expected i64",
    );
    wrong(
        Data::shape("nested", [Data::shape("insert", [true.into()]), points(1.into())]),
        "nested.0.insert.0",
        "invalid type: boolean `true`, expected i64",
    );
    wrong(
        Data::shape("insert", []),
        "insert",
        "1 component wanted, and there are 0",
    );
    wrong(
        Data::signal("inset"),
        "",
        "inset is none of insert, add_order, pair, nested, stop, has, httpget2_lines",
    );
    wrong(
        Data::from(3),
        "",
        "invalid type: integer `3`, expected one of insert, add_order, pair, nested, stop, has, httpget2_lines",
    );
    wrong(
        Data::shape("has", [Data::shape("some", [300.into()])]),
        "has.0.some.0",
        "invalid value: integer `300`, expected u8",
    );
    let big = to_data(&Message::HTTPGet2Lines(Id(u64::MAX))).unwrap_err();
    assert_eq!(big.path(), "httpget2_lines.0.id.0");
    assert!(big.message().contains("18446744073709551615 is no integer"), "{big}");
}

#[test]
fn through_a_program() {
    let program = Program::compile(
        "echo.csp",
        r#"extern from, to;
        v : any; n : integer;
        *[ from ? insert(n) -> to ! insert({n + 1})
        [] from ? v -> to ! v ]"#,
    )
    .unwrap_or_else(|error| panic!("{error}"));
    let given: Vec<Message> = messages().into_iter().map(|(message, _)| message).collect();
    let (to, echoes) = channel::<Serde<Message>>();
    let running = Run::new(&program)
        .bind("from", Binding::iterator(given.clone().into_iter().map(Serde)))
        .bind("to", to)
        .start()
        .unwrap();
    let got: Vec<Message> = echoes.iter().map(|Serde(message)| message).collect();
    running.wait().finished().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(got[0], Message::Insert(4));
    assert_eq!(got[1..], given[1..]);
}

#[test]
fn what_does_not_fit_is_a_failure_of_the_program() {
    let writes = Program::compile("w.csp", "extern to; to ! add_order(1, \"x\")").unwrap();
    let (to, _kept) = channel::<Serde<Message>>();
    let error = Run::new(&writes).bind("to", to).run().unwrap().finished().unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("output to to: add_order.price: invalid type: integer `1`, expected f64"),
        "{text}"
    );
    let reads = Program::compile("r.csp", "extern from; v : any; from ? v").unwrap();
    let run = Run::new(&reads).bind("from", Binding::iterator([Serde(Id(u64::MAX))]));
    let error = run.run().unwrap().finished().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("from: id.0: 18446744073709551615 is no integer"),
        "{error}"
    );
    // and a param
    let param = Program::compile("p.csp", "param s : string; {print(s)}").unwrap();
    let error = Run::new(&param).set("s", to_data(&Id(1)).unwrap()).run().unwrap_err();
    assert!(error.to_string().contains("param s is of type string"), "{error}");
}
