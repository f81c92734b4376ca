//! Parallel commands whose processes race, and what is the same however the race ends.

use super::{Generator, Scope, together};

impl Generator<'_> {
    /// A parallel command in which somebody must be first.
    pub(super) fn race(&mut self, scope: &mut Scope) -> Vec<String> {
        match self.numbers.below(10) {
            0 => self.agents_on_both_sides(scope),
            1 => self.farm(scope),
            2 => self.order_of_each(scope),
            3 => self.polling(scope),
            4 => self.first_come(scope),
            5 => self.table(scope),
            6 => self.many_buffers(scope),
            7 | 8 => self.crowd(scope),
            _ => self.two_names(scope),
        }
    }

    /// Agents in one name output, agents in another input: every message is taken once.
    fn agents_on_both_sides(&mut self, scope: &Scope) -> Vec<String> {
        let (from, to, array) = (self.name("p"), self.name("p"), self.name("a"));
        let (senders, receivers) = (self.numbers.within(1, 4), self.numbers.within(1, 4));
        let count = self.numbers.within(0, 8);
        let wait = if self.numbers.chance(30) { "after i % 2; " } else { "" };
        let input = match self.numbers.below(3) {
            0 => format!("n : integer; *[ {from} ? n -> {array}(i) := {array}(i) + n ]"),
            1 => format!(
                "n : integer; *[ {from} ? m(n) -> {array}(i) := {array}(i) + n [] {from} ? n -> {array}(i) := {array}(i) + n ]"
            ),
            _ => format!("n : any; {wait}*[ {from} ? n -> {array}(i) := {array}(i) + n ]"),
        };
        let sum = self.name("v");
        let inner = (self.name("p"), self.name("p"));
        vec![
            format!("{array} : (1..{receivers}) integer; {sum} : integer"),
            together(&[
                (
                    from.clone(),
                    vec![together(&[(
                        format!("{}(i:1..{senders})", inner.0),
                        vec![format!("{wait}*(k:1..{count})[ {to} ! i * 100 + k ]")],
                    )])],
                ),
                (
                    to.clone(),
                    vec![together(&[(format!("{}(i:1..{receivers})", inner.1), vec![input])])],
                ),
            ]),
            format!("*(i:1..{receivers})[ {sum} := {sum} + {array}(i) ]"),
            self.print_value(scope, &sum),
        ]
    }

    /// A choice among names in each of which several agents output: whoever is taken, the next one of the name is seen.
    fn crowd(&mut self, scope: &Scope) -> Vec<String> {
        let (clients, agents, server) = (self.name("p"), self.name("p"), self.name("p"));
        let (total, count) = (self.name("v"), self.name("v"));
        let (width, each, rounds) = (
            self.numbers.within(1, 4),
            self.numbers.within(1, 4),
            self.numbers.within(0, 3),
        );
        let shaped = self.numbers.chance(50);
        let output = match shaped {
            true => format!("[ (j + k) % 2 = 0 -> {server} ! m(i * j) [] else -> {server} ! i * j ]"),
            false => format!("{server} ! i * j"),
        };
        let more = match shaped {
            true => {
                format!("\n[] (i:1..{width}) {clients}(i) ? m(n) -> {total} := {total} + n; {count} := {count} + 1")
            }
            false => String::new(),
        };
        let wait = if self.numbers.chance(50) { "after 1; " } else { "" };
        let pri = if self.numbers.chance(25) { "pri " } else { "" };
        vec![
            format!("{total}, {count} : integer"),
            together(&[
                (
                    format!("{clients}(i:1..{width})"),
                    vec![together(&[(
                        format!("{agents}(j:1..{each})"),
                        vec![format!("*(k:1..{rounds})[ {output} ]")],
                    )])],
                ),
                (
                    server,
                    vec![format!(
                        "n : integer; {wait}{pri}*[ (i:1..{width}) {clients}(i) ? n -> {total} := {total} + n; {count} := {count} + 1{more} ]"
                    )],
                ),
            ]),
            self.print_value(scope, &total),
            self.print_value(scope, &count),
        ]
    }

    /// Workers that ask for jobs: who gets which is not determined.
    fn farm(&mut self, scope: &mut Scope) -> Vec<String> {
        let (farmer, workers, collector) = (self.name("p"), self.name("p"), self.name("p"));
        let (total, done) = (self.name("v"), self.name("v"));
        let (width, jobs) = (self.numbers.within(1, 5), self.numbers.within(0, 12));
        let pri = if self.numbers.chance(30) { "pri " } else { "" };
        let line = self.print_value(scope, &total);
        scope.declared(&total);
        vec![
            format!("{total}, {done} : integer"),
            together(&[
                (
                    farmer.clone(),
                    vec![
                        "next : integer".into(),
                        format!(
                            "{pri}*[ (i:1..{width}) next < {jobs}; {workers}(i) ? idle() -> next := next + 1; {workers}(i) ! job(next) ]"
                        ),
                        format!("{pri}*[ (i:1..{width}) {workers}(i) ? idle() -> {workers}(i) ! stop() ]"),
                    ],
                ),
                (
                    format!("{workers}(i:1..{width})"),
                    vec![format!(
                        "go : boolean := true; n : integer; *[ go -> {farmer} ! idle(); [ {farmer} ? job(n) -> {collector} ! done(n * n) [] {farmer} ? stop() -> go := false ] ]"
                    )],
                ),
                (
                    collector,
                    vec![format!(
                        "n : integer; *[ (i:1..{width}) {workers}(i) ? done(n) -> {total} := {total} + n; {done} := {done} + 1 ]"
                    )],
                ),
            ]),
            line,
            self.print_value(scope, &done),
        ]
    }

    /// What each speaker says comes in its order, whoever speaks between.
    fn order_of_each(&mut self, scope: &Scope) -> Vec<String> {
        let (clients, server, wrong, count) = (self.name("p"), self.name("p"), self.name("v"), self.name("v"));
        let (width, each) = (self.numbers.within(1, 6), self.numbers.within(0, 6));
        let delay = if self.numbers.chance(30) { "after i % 3; " } else { "" };
        let pri = if self.numbers.chance(30) { "pri " } else { "" };
        vec![
            format!("{wrong}, {count} : integer"),
            together(&[
                (
                    format!("{clients}(i:1..{width})"),
                    vec![format!("{delay}*(k:1..{each})[ {server} ! k ]")],
                ),
                (
                    server,
                    vec![format!(
                        "last : (1..{width}) integer; n : integer; {pri}*[ (i:1..{width}) {clients}(i) ? n -> [ n = last(i) + 1 -> skip [] else -> {wrong} := {wrong} + 1 ]; last(i) := n; {count} := {count} + 1 ]"
                    )],
                ),
            ]),
            self.print_value(scope, &wrong),
            self.print_value(scope, &count),
        ]
    }

    /// A server that does not wait, or only for a moment.
    fn polling(&mut self, scope: &Scope) -> Vec<String> {
        let (clients, server, total) = (self.name("p"), self.name("p"), self.name("v"));
        let (width, each) = (self.numbers.within(1, 4), self.numbers.within(0, 3));
        let all = width * each;
        let (way, delay) = (self.numbers.below(3), self.numbers.within(0, 2));
        // who polls without waiting keeps virtual time from going on
        let delay = if way == 1 { delay } else { 0 };
        let wait = match way {
            0 => {
                format!("[ (i:1..{width}) {clients}(i) ? n -> {total} := {total} + n; c := c + 1 [] after 0 -> skip ]")
            }
            1 => {
                format!("[ (i:1..{width}) {clients}(i) ? n -> {total} := {total} + n; c := c + 1 [] after 1 -> skip ]")
            }
            _ => format!(
                "pri [ (i:1..{width}) {clients}(i) ? n -> {total} := {total} + n; c := c + 1 [] after 0 -> after 0 ]"
            ),
        };
        vec![
            format!("{total} : integer"),
            together(&[
                (
                    format!("{clients}(i:1..{width})"),
                    vec![format!("after i % {}; *(k:1..{each})[ {server} ! i * k ]", delay + 1)],
                ),
                (server, vec![format!("n, c : integer; *[ c < {all} -> {wait} ]")]),
            ]),
            self.print_value(scope, &total),
        ]
    }

    /// One of several outputs is taken first, the others later.
    fn first_come(&mut self, scope: &Scope) -> Vec<String> {
        let (clients, server, total) = (self.name("p"), self.name("p"), self.name("v"));
        let width = self.numbers.within(1, 6);
        let pri = if self.numbers.chance(50) { "pri " } else { "" };
        let one = match self.numbers.below(2) {
            0 => format!("{pri}[ (i:1..{width}) {clients}(i) ? n -> {total} := {total} + n ]"),
            _ => format!(
                "{pri}[ (i:1..{width}) {clients}(i) ? m(n, _) -> {total} := {total} + n [] (i:1..{width}) {clients}(i) ? n -> {total} := {total} + n ]"
            ),
        };
        let output = if one.contains("m(n") && self.numbers.chance(70) {
            format!("[ i % 2 = 0 -> {server} ! m(i, true) [] else -> {server} ! i ]")
        } else {
            format!("{server} ! i")
        };
        vec![
            format!("{total} : integer"),
            together(&[
                (format!("{clients}(i:1..{width})"), vec![output]),
                (server, vec![format!("n : integer; *(k:1..{width})[ {one} ]")]),
            ]),
            self.print_value(scope, &total),
        ]
    }

    /// Philosophers, forks, and somebody who lets all but one of them sit down.
    fn table(&mut self, scope: &Scope) -> Vec<String> {
        let (phil, fork, room, meals) = (self.name("p"), self.name("p"), self.name("p"), self.name("a"));
        let (seats, rounds) = (self.numbers.within(2, 5), self.numbers.within(0, 4));
        let last = seats - 1;
        let think = if self.numbers.chance(30) { "after i % 2; " } else { "" };
        vec![
            format!("{meals} : (0..{last}) integer"),
            together(&[
                (
                    format!("{phil}(i:0..{last})"),
                    vec![format!(
                        "*(k:1..{rounds})[ {think}{room} ! enter(); {fork}(i) ! pick(); {fork}((i + 1) % {seats}) ! pick(); {meals}(i) := {meals}(i) + 1; {fork}(i) ! put(); {fork}((i + 1) % {seats}) ! put(); {room} ! leave() ]"
                    )],
                ),
                (
                    format!("{fork}(i:0..{last})"),
                    vec![format!(
                        "*[ {phil}(i) ? pick() -> {phil}(i) ? put() [] {phil}((i + {last}) % {seats}) ? pick() -> {phil}((i + {last}) % {seats}) ? put() ]"
                    )],
                ),
                (
                    room,
                    vec![format!(
                        "n : integer; *[ (i:0..{last}) n < {last}; {phil}(i) ? enter() -> n := n + 1 [] (i:0..{last}) {phil}(i) ? leave() -> n := n - 1 ]"
                    )],
                ),
            ]),
            self.print_value(scope, &meals),
        ]
    }

    /// Producers and consumers around a buffer with room for some.
    fn many_buffers(&mut self, scope: &Scope) -> Vec<String> {
        let (from, buffer, to, sums) = (self.name("p"), self.name("p"), self.name("p"), self.name("a"));
        let (producers, consumers) = (self.numbers.within(1, 4), self.numbers.within(1, 4));
        let (size, each) = (self.numbers.within(1, 4), self.numbers.within(0, 5));
        let all = producers * each;
        let total = self.name("v");
        vec![
            format!("{sums} : (1..{consumers}) integer; {total} : integer"),
            together(&[
                (
                    format!("{from}(i:1..{producers})"),
                    vec![format!("*(k:1..{each})[ {buffer} ! i * 10 + k ]")],
                ),
                (
                    buffer.clone(),
                    vec![
                        format!("b : (0..{}) integer; in, out : integer", size - 1),
                        format!(
                            "*[ (i:1..{producers}) in < out + {size}; {from}(i) ? b(in % {size}) -> in := in + 1\n[] (i:1..{consumers}) out < in; {to}(i) ? more() -> {to}(i) ! b(out % {size}); out := out + 1\n[] (i:1..{consumers}) out = {all}; {to}(i) ? more() -> {to}(i) ! none() ]"
                        ),
                    ],
                ),
                (
                    format!("{to}(i:1..{consumers})"),
                    vec![format!(
                        "go : boolean := true; n : integer; *[ go -> {buffer} ! more(); [ {buffer} ? n -> {sums}(i) := {sums}(i) + n [] {buffer} ? none() -> go := false ] ]"
                    )],
                ),
            ]),
            format!("*(i:1..{consumers})[ {total} := {total} + {sums}(i) ]"),
            self.print_value(scope, &total),
        ]
    }

    /// A process inside chooses between a sibling and a process further out, in two names at once.
    fn two_names(&mut self, scope: &Scope) -> Vec<String> {
        let (outer, inner, sibling, far) = (self.name("p"), self.name("p"), self.name("p"), self.name("p"));
        let (total, near) = (self.name("v"), self.numbers.within(0, 5));
        let (count, agents) = (self.numbers.within(0, 5), self.numbers.within(1, 3));
        let sums = self.name("a");
        vec![
            format!("{sums} : (1..{agents}) integer; {total} : integer"),
            together(&[
                (
                    outer.clone(),
                    vec![together(&[
                        (
                            format!("{inner}(i:1..{agents})"),
                            vec![format!(
                                "n : integer; *[ {far} ? n -> {sums}(i) := {sums}(i) + n [] {sibling} ? n -> {sums}(i) := {sums}(i) + n ]"
                            )],
                        ),
                        (
                            sibling.clone(),
                            vec![format!("*(k:1..{near})[ *(j:1..{agents})[ {inner}(j) ! k * 100 ] ]")],
                        ),
                    ])],
                ),
                (far.clone(), vec![format!("*(k:1..{count})[ {outer} ! k ]")]),
            ]),
            format!("*(i:1..{agents})[ {total} := {total} + {sums}(i) ]"),
            self.print_value(scope, &total),
        ]
    }
}
