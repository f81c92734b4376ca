//! What the checked tree looks like.

use super::listing;

/// Compares a listing with what is wanted; spaces that all lines begin with do not count.
fn assert_listing(text: &str, wanted: &str) {
    let wanted: Vec<&str> = wanted.lines().filter(|line| !line.trim().is_empty()).collect();
    let spaces = wanted
        .iter()
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let wanted: String = wanted.iter().map(|line| format!("{}\n", &line[spaces..])).collect();
    let found = listing(text);
    assert_eq!(found, wanted, "\n{found}");
}

#[test]
fn a_process_has_variables_of_its_own() {
    assert_listing(
        "a : (1..3) integer; n : integer; n := 2;
         [[ X(i:1..n) :: [[ a(i) := n || skip ]] || m : integer := 1; X(m) ! n ]]",
        "
        main ::
          v0 a : an array of integer; local, assigned, bounds (1..3)
          v1 n : integer; local, assigned
          declare a.v0
          declare n.v1
          n.v1 := 2
          [[
          family 0 X/1
          || [X#0(i.v0:1..n.v1)] X ::
            v0 i : integer; subscript 0 of the label
            v1 a : an array of integer; captured from outer v0, whole, assigned
            v2 n : integer; captured from outer v1, whole
            [[
            || (anonymous) ::
              v0 a : an array of integer; captured from outer v1, whole, assigned
              v1 i : integer; captured from outer v0, whole
              v2 n : integer; captured from outer v2, whole
              a.v0(i.v1) := n.v2
            || (anonymous) ::
              skip
            ]]
          || (anonymous) ::
            v0 m : integer; local
            v1 n : integer; captured from outer v1, whole
            declare m.v0 := 1
            X(m.v0)<depth 0 family 0> ! n.v1
          ]]
        ",
    );
}

#[test]
fn names_and_depths() {
    assert_listing(
        "extern e;
         process D(n : integer; p : process; q : (1..n) process) ::
           [[ a :: [[ p ! 1 || q(2) ! 2 ]]; b ! 3 || b :: [[ skip || a ? n; e ! n ]] ]]
         end
         [[ x :: D(2, y, z) || y :: stdout ! 1 || z(i:1..2) :: skip ]]",
        "
        extern e as host 3
        process (n.v0; p : process; q : (1..n.v0) process) D ::
          v0 n : integer; formal, assigned
          name 0 p: formal
          name 1 q: formal, 1 subscripts
          [[
          family 0 a/0
          family 1 b/0
          || [a#0] a ::
            name 0 p: captured from outer name 0
            name 1 q: captured from outer name 1, 1 subscripts
            [[
            || (anonymous) ::
              name 0 p: captured from outer name 0
              p<name 0> ! 1
            || (anonymous) ::
              name 0 q: captured from outer name 1, 1 subscripts
              q(2)<name 0> ! 2
            ]]
            b<depth 0 family 1> ! 3
          || [b#1] b ::
            v0 n : integer; captured from outer v0, whole, assigned
            [[
            || (anonymous) ::
              skip
            || (anonymous) ::
              v0 n : integer; captured from outer v0, whole, assigned
              a<depth 1 family 0> ? n.v0
              e<host 3> ! n.v0
            ]]
          ]]
        main ::
          [[
          family 0 x/0
          family 1 y/0
          family 2 z/1
          || [x#0] x ::
            instance of D #0(2, process y<depth 0 family 1>, family z<depth 0 family 2>)
          || [y#1] y ::
            stdout<host 1> ! 1
          || [z#2(i.v0:1..2)] z ::
            v0 i : integer; subscript 0 of the label
            skip
          ]]
        ",
    );
}

#[test]
fn guards_and_types() {
    assert_listing(
        "const N = 2; param w : integer = N * 2; s : seg((0..N) real, (1..w, N..3) (1..2) any);
         [ (k:1..N, j:k..3) t : integer := k; t < j -> s := s [] after w -> skip [] else -> t : real; t := 1 ];
         pri *[ 1 < 2 -> skip ]; x : any := (1, ()); x := 2 = 2.0 and not false",
        "
        const N = 2
        param w : integer = 4
        main ::
          v0 s : seg(an array of real, an array of any with 3 dimensions); local, assigned, bounds (0..2, 1..w, 2..3, 1..2)
          v1 k : integer; range
          v2 j : integer; range
          v3 t : integer; local
          v4 t : real; local, assigned
          v5 x : any; local, assigned
          declare s.v0
          [
          [] (k.v1:1..2, j.v2:k.v1..3) declare t.v3 := k.v1; (t.v3 < j.v2) ->
            s.v0 := s.v0
          [] after w ->
            skip
          [] else ->
            declare t.v4
            t.v4 := 1
          ]
          pri *[
          [] true ->
            skip
          ]
          declare x.v5 := (1, ())
          x.v5 := true
        ",
    );
}
