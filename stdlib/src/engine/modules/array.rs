//! Arrays, beyond what rhai has itself. Numbers in an array are all integers or all reals.

use super::{Checked, Functions, fail, listed};
use rhai::{Array, Dynamic};

listed! { "array"
    count "(a : array, x : any) : integer" "How many elements are equal to x, and of its type." "array::count([1, 2, 1], 1)" "2";
    cumulated "(a : array of numbers) : array" "The sums of the first element, the first two, and so on." "array::cumulated([1, 2, 3])" "[1, 3, 6]";
    dot "(a, b : array of numbers) : integer or real" "The sum of the products of elements at the same places; both are of one length." "array::dot([1, 2], [3, 4])" "11";
    flat "(a : array of arrays) : array" "The elements of the elements, one level deep." "array::flat([[1], [2, 3]])" "[1, 2, 3]";
    greatest "(a : array of numbers) : integer or real" "The greatest element; a failure if there is none." "array::greatest([3, 9, 4])" "9";
    least "(a : array of numbers) : integer or real" "The least element; a failure if there is none." "array::least([3, 9, 4])" "3";
    mean "(a : array of numbers) : real" "The arithmetic mean; a failure if there are no elements." "array::mean([1, 2, 3, 4])" "2.5";
    median "(a : array of numbers) : real" "The middle of the sorted elements, or the mean of the two in the middle." "array::median([5, 1, 2])" "2.0";
    product "(a : array of numbers) : integer or real" "The product; 1 if there are no elements." "array::product([2, 3, 4])" "24";
    range "(low, high : integer) : array of integer" "The integers from low to high, both among them." "array::range(1, 4)" "[1, 2, 3, 4]";
    reversed "(a : array) : array" "A copy, from the last element to the first." "array::reversed([1, 2, 3])" "[3, 2, 1]";
    sorted "(a : array of numbers or strings) : array" "A copy in ascending order." "array::sorted([3, 1, 2])" "[1, 2, 3]";
    sum "(a : array of numbers) : integer or real" "The sum; 0 if there are no elements." "array::sum([1.5, 2.5])" "4.0";
    transposed "(m : array of arrays) : array of arrays" "Rows as columns; all rows are of one length." "array::transposed([[1, 2], [3, 4]])" "[[1, 3], [2, 4]]";
    variance "(a : array of numbers) : real" "The mean of the squared distances from the mean." "array::variance([1, 3])" "1.0";
}

/// Numbers of one type.
enum Numbers {
    Integers(Vec<i64>),
    Reals(Vec<f64>),
}

fn numbers(a: &Array) -> Checked<Numbers> {
    if let Some(all) = a.iter().map(|x| x.as_int().ok()).collect::<Option<Vec<i64>>>() {
        return Ok(Numbers::Integers(all));
    }
    match a.iter().map(|x| x.as_float().ok()).collect::<Option<Vec<f64>>>() {
        Some(all) => Ok(Numbers::Reals(all)),
        None => fail("an array of integers, or one of reals, is wanted"),
    }
}

fn reals(a: &Array) -> Checked<Vec<f64>> {
    let all = match numbers(a)? {
        Numbers::Integers(all) => all.into_iter().map(|n| n as f64).collect(),
        Numbers::Reals(all) => all,
    };
    if all.is_empty() {
        fail("the array is empty")
    } else {
        Ok(all)
    }
}

/// Puts numbers together, from the left.
fn fold(
    a: &Array,
    (integer, real): (i64, f64),
    name: &str,
    integers: fn(i64, i64) -> Option<i64>,
    of_reals: fn(f64, f64) -> f64,
) -> Checked<Dynamic> {
    Ok(match numbers(a)? {
        Numbers::Integers(all) => match all.into_iter().try_fold(integer, integers) {
            Some(result) => result.into(),
            None => return fail(format!("integer overflow: {name}")),
        },
        Numbers::Reals(all) => all.into_iter().fold(real, of_reals).into(),
    })
}

fn best(a: &Array, of_integers: fn(&[i64]) -> Option<i64>, of_reals: fn(f64, f64) -> f64) -> Checked<Dynamic> {
    let found: Option<Dynamic> = match numbers(a)? {
        Numbers::Integers(all) => of_integers(&all).map(Dynamic::from),
        Numbers::Reals(all) => all.into_iter().reduce(of_reals).map(Dynamic::from),
    };
    found.map_or_else(|| fail("the array is empty"), Ok)
}

fn mean(all: &[f64]) -> f64 {
    all.iter().sum::<f64>() / all.len() as f64
}

fn same(x: &Dynamic, y: &Dynamic) -> bool {
    x.type_id() == y.type_id() && x.to_string() == y.to_string()
}

fn rows(m: Array) -> Checked<Vec<Array>> {
    let rows: Option<Vec<Array>> = m.into_iter().map(Dynamic::try_cast).collect();
    rows.map_or_else(|| fail("an array of arrays is wanted"), Ok)
}

pub(super) fn fill(functions: &mut Functions) {
    functions
        .add("count", |a: Array, x: Dynamic| {
            a.iter().filter(|y| same(&x, y)).count() as i64
        })
        .add("cumulated", |a: Array| -> Checked<Array> {
            let mut so_far: Array = Vec::with_capacity(a.len());
            match numbers(&a)? {
                Numbers::Integers(all) => {
                    let mut sum = 0_i64;
                    for n in all {
                        sum = sum
                            .checked_add(n)
                            .map_or_else(|| fail("integer overflow: cumulated"), Ok)?;
                        so_far.push(sum.into());
                    }
                }
                Numbers::Reals(all) => {
                    let mut sum = 0.0;
                    for x in all {
                        sum += x;
                        so_far.push(Dynamic::from(sum));
                    }
                }
            }
            Ok(so_far)
        })
        .add("dot", |a: Array, b: Array| -> Checked<Dynamic> {
            match (numbers(&a)?, numbers(&b)?) {
                _ if a.len() != b.len() => fail(format!("dot: arrays of {} and {} elements", a.len(), b.len())),
                (Numbers::Integers(a), Numbers::Integers(b)) => {
                    let product = |sum: i64, (a, b): (i64, i64)| sum.checked_add(a.checked_mul(b)?);
                    let sum = a.into_iter().zip(b).try_fold(0, product);
                    sum.map_or_else(|| fail("integer overflow: dot"), |sum| Ok(sum.into()))
                }
                (Numbers::Reals(a), Numbers::Reals(b)) => {
                    Ok(a.into_iter().zip(b).map(|(a, b)| a * b).sum::<f64>().into())
                }
                _ => fail("dot: one array is of integers, the other of reals"),
            }
        })
        .add("flat", |a: Array| -> Checked<Array> {
            Ok(rows(a)?.into_iter().flatten().collect())
        })
        .add("greatest", |a: Array| {
            best(&a, |all| all.iter().copied().max(), f64::max)
        })
        .add("least", |a: Array| best(&a, |all| all.iter().copied().min(), f64::min))
        .add("mean", |a: Array| -> Checked<f64> { Ok(mean(&reals(&a)?)) })
        .add("median", |a: Array| -> Checked<f64> {
            let mut all = reals(&a)?;
            all.sort_by(f64::total_cmp);
            let middle = all.len() / 2;
            Ok(if all.len() % 2 == 1 {
                all[middle]
            } else {
                f64::midpoint(all[middle - 1], all[middle])
            })
        })
        .add("product", |a: Array| {
            fold(&a, (1, 1.0), "product", i64::checked_mul, |x, y| x * y)
        })
        .add("range", |low: i64, high: i64| -> Checked<Array> {
            let length = i128::from(high) - i128::from(low) + 1;
            if length > crate::limits::SCRIPT_ARRAY_ELEMENTS_MAX as i128 {
                return fail(format!("range: {length} elements are too many"));
            }
            Ok((low..=high).map(Dynamic::from).collect())
        })
        .add("reversed", |a: Array| a.into_iter().rev().collect::<Array>())
        .add("sorted", |a: Array| -> Checked<Array> {
            if let Some(mut all) = a
                .iter()
                .map(|x| x.clone().into_string().ok())
                .collect::<Option<Vec<String>>>()
            {
                all.sort_unstable();
                return Ok(all.into_iter().map(Dynamic::from).collect());
            }
            Ok(match numbers(&a)? {
                Numbers::Integers(mut all) => {
                    all.sort_unstable();
                    all.into_iter().map(Dynamic::from).collect()
                }
                Numbers::Reals(mut all) => {
                    all.sort_by(f64::total_cmp);
                    all.into_iter().map(Dynamic::from).collect()
                }
            })
        })
        .add("sum", |a: Array| {
            fold(&a, (0, 0.0), "sum", i64::checked_add, |x, y| x + y)
        })
        .add("transposed", |m: Array| -> Checked<Array> {
            let rows = rows(m)?;
            let length = rows.first().map_or(0, Vec::len);
            if rows.iter().any(|row| row.len() != length) {
                return fail("transposed: the rows are of different lengths");
            }
            let column = |at: usize| Dynamic::from(rows.iter().map(|row| row[at].clone()).collect::<Array>());
            Ok((0..length).map(column).collect())
        })
        .add("variance", |a: Array| -> Checked<f64> {
            let all = reals(&a)?;
            let middle = mean(&all);
            Ok(mean(
                &all.iter().map(|x| (x - middle) * (x - middle)).collect::<Vec<f64>>(),
            ))
        });
}
