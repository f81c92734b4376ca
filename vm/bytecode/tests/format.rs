//! Files: what is written is read, and nothing else does harm.

mod common;

use common::{Random, sample, seal};
use hydra_bytecode::*;

#[test]
fn encode_and_decode_are_inverse() {
    let mut random = Random(1);
    for module in [sample(), Module::default()]
        .into_iter()
        .chain((0..2000).map(|_| random.module()))
    {
        let bytes = encode(&module);
        assert_eq!(decode(&bytes), Ok(module));
    }
}

#[test]
fn bits_of_reals_are_kept() {
    for bits in [0x7ff8_0000_0000_1234, (-0.0f64).to_bits(), 1] {
        let module = Module {
            values: vec![Const::Real(f64::from_bits(bits))],
            ..Module::default()
        };
        let Ok(Module { values, .. }) = decode(&encode(&module)) else {
            panic!()
        };
        assert!(matches!(values[..], [Const::Real(value)] if value.to_bits() == bits));
    }
}

#[test]
fn a_wrong_header_is_explained() {
    let good = encode(&sample());
    let said = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        let message = decode(&bytes).unwrap_err().to_string();
        assert!(!message.contains('\n'), "{message}");
        assert!(message.contains("`hydrac compile`"), "{message}");
        message
    };
    assert!(said(&|bytes| bytes.clear()).starts_with("the file is empty"));
    assert!(said(&|bytes| *bytes = b"x : integer; [[ a :: skip ]]".to_vec()).starts_with("this is text, not Hydra"));
    assert!(said(&|bytes| *bytes = b"\x7fELF\0\0\0\0\0".to_vec()).starts_with("this is not Hydra bytecode"));
    let other = format!("has format 9, but this version of Hydra reads format {FORMAT_VERSION}");
    assert!(said(&|bytes| bytes[8] = 9).contains(&other));
    assert!(said(&|bytes| bytes.truncate(9)).contains("cut short in its header"));
    assert!(said(&|bytes| bytes.truncate(100)).contains("cut short or changed"));
    assert!(said(&|bytes| *bytes.last_mut().unwrap() ^= 1).contains("cut short or changed"));
    assert!(said(&|bytes| bytes.push(0)).contains("cut short or changed"));
    let more = |bytes: &mut Vec<u8>| {
        bytes.extend([0; 3]);
        seal(bytes);
    };
    assert!(said(&more).contains("3 bytes behind its end"));
    let rhai = |bytes: &mut Vec<u8>| {
        bytes[22] = b'6';
        seal(bytes);
    };
    assert!(
        said(&rhai).contains("for rhai 1.26, but this version of Hydra has rhai 1.27"),
        "{}",
        said(&rhai)
    );
    let library = |bytes: &mut Vec<u8>| {
        bytes[24] = b'\n';
        seal(bytes);
    };
    assert!(
        said(&library).contains("for version \\n.1.0 of the standard library"),
        "{}",
        said(&library)
    );
}

#[test]
fn every_prefix_is_refused() {
    let good = encode(&sample());
    for length in 0..good.len() {
        let mut bytes = good[..length].to_vec();
        assert!(decode(&bytes).is_err());
        seal(&mut bytes);
        assert!(decode(&bytes).is_err());
    }
}

/// Whatever is decoded can be verified, listed and written.
fn try_all(bytes: &[u8]) -> [bool; 2] {
    let Ok(module) = decode(bytes) else { return [false; 2] };
    assert!(listing(&module).len() < 1 << 20);
    assert!(
        encode(&module).len() <= bytes.len(),
        "varints of a file may be longer than they must be, not shorter"
    );
    match verify(module) {
        Ok(_) => [true; 2],
        Err(error) => {
            assert!(!error.to_string().contains('\n'));
            [true, false]
        }
    }
}

#[test]
fn no_changed_byte_does_harm() {
    let good = encode(&sample());
    let (mut decoded, mut verified) = (0, 0);
    for at in 0..good.len() {
        for change in [1, 2, 4, 8, 16, 32, 64, 128, 255, good[at]] {
            let mut bytes = good.clone();
            bytes[at] ^= change;
            if change != 0 && (10..bytes.len()).contains(&at) {
                assert!(decode(&bytes).is_err(), "the checksum finds a change at {at}");
            }
            seal(&mut bytes);
            let found = try_all(&bytes);
            decoded += usize::from(found[0]);
            verified += usize::from(found[1]);
        }
    }
    assert!(
        decoded > good.len() && verified > 100 && verified < decoded,
        "{decoded} {verified}"
    );
}

#[test]
fn no_changed_bytes_do_harm() {
    let good = encode(&sample());
    let mut random = Random(2);
    for _ in 0..8_000 {
        let mut bytes = good.clone();
        for _ in 0..=random.below(6) {
            let at = random.below(bytes.len() as u64) as usize;
            match random.below(4) {
                0 => bytes[at] = random.next() as u8,
                1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5) as usize],
                2 => bytes.insert(at, random.next() as u8),
                _ => drop(bytes.remove(at)),
            }
        }
        seal(&mut bytes);
        try_all(&bytes);
    }
}

#[test]
fn random_modules_are_refused_without_harm() {
    let mut random = Random(3);
    for _ in 0..3_000 {
        let module = random.module();
        assert!(!listing(&module).is_empty() || module == Module::default());
        assert!(verify(module).is_err());
    }
}

/// A constant of arrays in arrays.
fn nested(depth: usize) -> Const {
    (1..depth).fold(Const::Unit, |inner, _| Const::Array(vec![inner]))
}

#[test]
fn constants_nest_to_a_limit() {
    let module = |depth| Module {
        values: vec![nested(depth)],
        ..Module::default()
    };
    let good = module(CONST_DEPTH_MAX);
    assert_eq!(good.values[0].depth(), CONST_DEPTH_MAX);
    assert_eq!(decode(&encode(&good)).as_ref(), Ok(&good));
    assert!(listing(&good).len() < 1000);
    assert!(decode(&encode(&module(CONST_DEPTH_MAX + 1))).is_err());

    // A hundred thousand levels cannot even be dropped by a small stack, so only as bytes.
    let mut bytes = encode(&Module {
        values: vec![nested(2)],
        ..Module::default()
    });
    let at = bytes
        .windows(5)
        .position(|window| window == [1, 2, 0, 6, 1])
        .expect("1 value of 2 nodes: Unit, Array(1)");
    let mut nodes = vec![1, 0xa1, 0x8d, 0x06, 0];
    nodes.extend([6, 1].repeat(100_000));
    bytes.splice(at..at + 5, nodes);
    seal(&mut bytes);
    assert!(matches!(decode(&bytes), Err(FormatError::Damaged(_))));
}
