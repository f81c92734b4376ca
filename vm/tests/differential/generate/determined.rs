//! Parallel commands without races.

use super::{Generator, Kind, Scope, join, together};

/// A message: how its variables are declared, what is output, what inputs it, what can be printed.
struct Message {
    declared: String,
    output: String,
    target: String,
    printed: String,
}

impl Generator<'_> {
    /// A parallel command.
    pub(super) fn parallel(&mut self, scope: &mut Scope) -> Vec<String> {
        if scope.depth > 3 || self.budget < -40 {
            return self.declare_one(scope);
        }
        self.budget -= 4;
        if self.kind == Kind::Racy && self.numbers.chance(60) {
            return self.race(scope);
        }
        match self.numbers.below(12) {
            0..=2 => self.script_of_messages(scope),
            3 => self.pipeline(scope),
            4 => self.server_of_sums(scope),
            5 => self.server_of_answers(scope),
            6 => self.array_by_family(scope),
            7 => self.tree(scope),
            8 => self.shapes(scope),
            9 => self.grid(scope),
            10 => self.buffer(scope),
            _ => self.variables_inside(scope),
        }
    }

    fn declare_one(&mut self, scope: &mut Scope) -> Vec<String> {
        let name = self.name("v");
        let value = self.expression(scope, 1);
        scope.declared(&name);
        vec![format!("{name} : integer := {value}")]
    }

    fn message(&mut self, sender: &Scope) -> Message {
        let (name, other) = (self.name("v"), self.name("w"));
        let value = self.expression(sender, 2);
        let plain = |declared: &str, output: String| Message {
            declared: format!("{name} : {declared}"),
            output,
            target: name.clone(),
            printed: name.clone(),
        };
        match self.numbers.below(10) {
            0 => plain("real", format!("{value} / 2.0")),
            1 => plain("string", format!("\"n\" + {value}")),
            2 => plain("boolean", format!("{value} > 40")),
            3 => plain("any", format!("box({value}, 'c')")),
            4 => plain("(1..3) integer", format!("{{[{{ {} }}, 2, 3]}}", self.script(sender))),
            5 => plain("pair(integer, string)", format!("pair({value}, \"t\")")),
            6 => Message {
                declared: format!("{name}, {other} : integer"),
                output: format!("two({value}, {})", self.expression(sender, 1)),
                target: format!("two({name}, {other})"),
                printed: other,
            },
            7 => Message {
                declared: format!("{name} : (0..2) integer"),
                output: value,
                target: format!("{name}(1)"),
                printed: name,
            },
            _ => plain("integer", value),
        }
    }

    /// Processes that do what a sequence of communications, drawn at random, asks of each of them: it can be done in this
    /// order, and as nobody chooses, in every order in which it can be done the same happens.
    fn script_of_messages(&mut self, scope: &mut Scope) -> Vec<String> {
        let count = 2 + self.numbers.below(4);
        let names: Vec<String> = (0..count).map(|_| self.name("p")).collect();
        let mut scopes: Vec<Scope> = (0..count).map(|_| self.inside(scope, false)).collect();
        let mut lists: Vec<Vec<String>> = vec![Vec::new(); count];
        let mut partners: Vec<Vec<usize>> = vec![Vec::new(); count];
        for _ in 0..2 + self.numbers.below(7) {
            let from = self.numbers.below(count);
            let to = (from + 1 + self.numbers.below(count - 1)) % count;
            partners[from].push(to);
            partners[to].push(from);
            if self.numbers.chance(30) {
                let busy = *self.numbers.pick(&[from, to]);
                lists[busy].extend(self.list(&mut scopes[busy], 2));
            }
            let (output, input) = self.event(&names[from], &names[to], &mut scopes, from, to);
            lists[from].extend(output);
            lists[to].extend(input);
        }
        let mut processes = Vec::new();
        for (i, mut list) in lists.into_iter().enumerate() {
            list.push(self.print(&scopes[i]));
            if self.numbers.chance(25) {
                // all of it by a process inside, in whose name nobody else speaks
                let idle = self.inside(&scopes[i], false);
                let other = self.list(&mut idle.clone(), 2);
                list = vec![together(&[(String::new(), list), (String::new(), other)])];
            }
            partners[i].sort_unstable();
            partners[i].dedup();
            if self.numbers.chance(35) {
                let named: Vec<(&str, Option<&str>)> = partners[i]
                    .iter()
                    .map(|&partner| (names[partner].as_str(), None))
                    .collect();
                list = vec![self.define(&scopes[i], &named, &list)];
            }
            processes.push((names[i].clone(), list));
        }
        vec![together(&processes)]
    }

    /// One communication, or some of the same kind: what the sender does, what the receiver does.
    fn event(
        &mut self,
        sender: &str,
        receiver: &str,
        scopes: &mut [Scope],
        from: usize,
        to: usize,
    ) -> (Vec<String>, Vec<String>) {
        let message = self.message(&scopes[from]);
        let Message {
            declared,
            output,
            target,
            printed,
        } = message;
        let is_integer = declared.ends_with(": integer");
        let mut input = vec![declared];
        let mut out = vec![format!("{receiver} ! {output}")];
        match self.numbers.below(7) {
            0 => {
                let again = self.name("i");
                let rounds = self.numbers.within(0, 4);
                out = vec![format!("*({again}:1..{rounds})[ {receiver} ! {output} ]")];
                input.push(format!("*({again}:1..{rounds})[ {sender} ? {target} ]"));
            }
            1 => {
                let counter = self.name("k");
                let rounds = self.numbers.within(1, 4);
                let line = self.print_value(&scopes[to], &printed);
                out = vec![format!("*({counter}:1..{rounds})[ {receiver} ! {output} ]")];
                input.push(format!("{counter} : integer"));
                input.push(format!(
                    "*[ {counter} < {rounds}; {sender} ? {target} -> {counter} := {counter} + 1; {line} ]"
                ));
            }
            2 => input.push(format!("[ {sender} ? {target} -> skip ]")),
            3 => input.push(format!(
                "pri [ false -> skip [] 1 < 2; {sender} ? {target} -> skip [] 2 < 1; {sender} ? _ -> skip ]"
            )),
            4 => {
                out.insert(0, format!("after {}", self.numbers.within(0, 1)));
                input.push(format!("{sender} ? {target}"));
            }
            _ => input.push(format!("{sender} ? {target}")),
        }
        if is_integer {
            for name in printed.split(", ") {
                scopes[to].declared(name);
            }
        } else {
            input.push(self.print_value(&scopes[to], &printed));
        }
        (out, input)
    }

    fn pipeline(&mut self, scope: &mut Scope) -> Vec<String> {
        let (family, index, value, total) = (self.name("p"), self.name("i"), self.name("v"), self.name("v"));
        let (length, count) = (self.numbers.within(1, 6), self.numbers.within(0, 6));
        let mut stage = self.inside(scope, false);
        stage.ranges.push(index.clone());
        stage.can_read(&index);
        stage.can_read(&value);
        let passed = self.expression(&stage, 2);
        let guard = format!("{family}({index} - 1) ? {value}");
        let mut body = vec![
            format!("{value} : integer"),
            format!("*[ {guard} -> {family}({index} + 1) ! {passed} ]"),
            self.print(&stage),
        ];
        if self.numbers.chance(40) {
            let (west, east) = (self.name("p"), self.name("p"));
            let text = join(&body)
                .replace(&format!("{family}({index} - 1)"), &west)
                .replace(&format!("{family}({index} + 1)"), &east)
                .trim_end_matches(';')
                .to_owned();
            let call = self.define(&stage, &[(&west, None), (&east, None)], &[text]);
            let neighbours = [format!("{family}({index} - 1)"), format!("{family}({index} + 1)")];
            body = vec![call.replacen(&format!("({west}, {east}"), &format!("({}", neighbours.join(", ")), 1)];
        }
        let source = self.inside(scope, true);
        let again = self.name("i");
        let mut sink = self.inside(scope, false);
        sink.reads = vec![(total.clone(), total.clone())];
        let sent = self.expression(&source, 2);
        vec![
            format!("{total} : integer"),
            together(&[
                (
                    format!("{family}(0)"),
                    vec![format!("*({again}:1..{count})[ {family}(1) ! {sent} ]")],
                ),
                (format!("{family}({index}:1..{length})"), body),
                (
                    format!("{family}({})", length + 1),
                    vec![
                        format!("{value} : integer"),
                        format!("*[ {family}({length}) ? {value} -> {total} := ({total} * 7 + {value}) % 9973 ]"),
                        self.print(&sink),
                    ],
                ),
            ]),
            self.print_value(scope, &total),
        ]
    }

    /// Clients and a server that adds up: in every order the same comes out.
    fn server_of_sums(&mut self, scope: &mut Scope) -> Vec<String> {
        let (clients, server) = (self.name("p"), self.name("p"));
        let (index, again, value, total) = (self.name("i"), self.name("i"), self.name("v"), self.name("v"));
        let (width, most) = (self.numbers.within(1, 6), self.numbers.within(1, 5));
        let mut client = self.inside(scope, true);
        client.ranges.push(index.clone());
        client.can_read(&index);
        let rounds = format!("({index} * {}) % {most}", self.numbers.within(1, 9));
        let (work, sent) = (self.list(&mut client.clone(), 2), self.natural(&client));
        let shaped = self.numbers.chance(40);
        let (output, guards) = match self.numbers.below(4) {
            _ if shaped => (
                format!(
                    "[ ({index} + {again}) % 2 = 0 -> {server} ! add({sent}) [] else -> {server} ! twice({sent}) ]"
                ),
                format!(
                    "(k:1..{width}) {clients}(k) ? add({value}) -> {total} := {total} + {value}\n[] (k:1..{width}) {clients}(k) ? twice({value}) -> {total} := {total} + 2 * {value}"
                ),
            ),
            0 => (
                format!("{server} ! {sent}"),
                (1..=width)
                    .map(|k| format!("{clients}({k}) ? {value} -> {total} := {total} + {value}"))
                    .collect::<Vec<String>>()
                    .join("\n[] "),
            ),
            1 => (
                format!("{server} ! {sent}"),
                format!("(k:1..{width}) {total} >= 0; {clients}(k) ? {value} -> {total} := {total} + {value}"),
            ),
            _ => (
                format!("{server} ! {sent}"),
                format!("(k:1..{width}) {clients}(k) ? {value} -> {total} := {total} + {value}"),
            ),
        };
        let pri = if self.numbers.chance(25) { "pri " } else { "" };
        let mut body = work;
        body.push(format!("*({again}:1..{rounds})[ {output} ]"));
        if self.numbers.chance(30) {
            body.insert(0, format!("after {}", self.numbers.within(0, 2)));
        }
        let mut serving = self.inside(scope, false);
        serving.reads = vec![(total.clone(), total.clone())];
        let line = self.print(&serving);
        let mut list = vec![
            format!("{total} : integer"),
            together(&[
                (format!("{clients}({index}:1..{width})"), body),
                (
                    server,
                    vec![format!("{value} : integer"), format!("{pri}*[ {guards} ]"), line],
                ),
            ]),
            self.print_value(scope, &total),
        ];
        if self.numbers.chance(50) {
            list.push(format!("{total} := {total} % 9973"));
            scope.declared(&total);
        }
        list
    }

    /// Clients that ask, one to three agents in one name that answer: the answers depend on the questions only.
    fn server_of_answers(&mut self, scope: &mut Scope) -> Vec<String> {
        let (clients, server) = (self.name("p"), self.name("p"));
        let (index, again, value) = (self.name("i"), self.name("i"), self.name("v"));
        let (width, rounds) = (self.numbers.within(1, 5), self.numbers.within(0, 4));
        let mut client = self.inside(scope, true);
        client.ranges.push(index.clone());
        client.can_read(&index);
        let mut body = self.list(&mut client, 2);
        body.push(format!("{value} : integer"));
        client.declared(&value);
        let asked = self.expression(&client, 2);
        let line = self.print(&client);
        body.push(format!(
            "*({again}:1..{rounds})[ {server} ! ask({asked}); {server} ? answer({value}); {line} ]"
        ));
        let serving = {
            let mut serving = Scope::new(self.name("p"));
            serving.can_read(&value);
            serving
        };
        let answer = self.expression(&serving, 2);
        let mut agent = vec![
            format!("{value} : integer"),
            format!("*[ (k:1..{width}) {clients}(k) ? ask({value}) -> {clients}(k) ! answer({answer}) ]"),
        ];
        if self.numbers.chance(40) {
            agent = vec![self.define(&serving, &[(&clients, Some(&format!("1..{width}")))], &agent)];
        }
        let agents = 1 + self.numbers.below(3);
        let served = match agents {
            1 => agent,
            _ if self.numbers.chance(50) => {
                let inner = self.name("p");
                vec![together(&[(format!("{inner}(i:1..{agents})"), agent)])]
            }
            _ => vec![together(&vec![(String::new(), agent); agents])],
        };
        vec![together(&[
            (format!("{clients}({index}:1..{width})"), body),
            (server, served),
        ])]
    }

    fn array_by_family(&mut self, scope: &mut Scope) -> Vec<String> {
        let (family, index, other, array) = (self.name("p"), self.name("i"), self.name("i"), self.name("a"));
        let (low, length) = (self.numbers.within(-1, 2), self.numbers.within(1, 5));
        let high = low + length - 1;
        let square = self.numbers.chance(40);
        let mut inner = self.inside(scope, true);
        inner.ranges.push(index.clone());
        inner.can_read(&index);
        if square {
            inner.ranges.push(other.clone());
            inner.can_read(&other);
        }
        let mut list = self.list(&mut inner, 3);
        let value = self.expression(&inner, 2);
        let (bounds, label, element, read) = if square {
            (
                format!("({low}..{high}, 1..2)"),
                format!("{family}({index}:{low}..{high}, {other}:1..2)"),
                format!("{array}({index}, {other})"),
                (format!("{array}({high}, 2)"), format!("{array}[{high}][2]")),
            )
        } else {
            (
                format!("({low}..{high})"),
                format!("{family}({index}:{low}..{high})"),
                format!("{array}({index})"),
                (format!("{array}({high})"), format!("{array}[{high}]")),
            )
        };
        list.push(format!("{element} := {value}"));
        scope.reads.push(read);
        vec![
            format!("{array} : {bounds} integer"),
            together(&[(label, list)]),
            self.print_value(scope, &array),
        ]
    }

    /// A definition that starts itself twice, in whose name all leaves speak.
    fn tree(&mut self, scope: &mut Scope) -> Vec<String> {
        let (name, root, sink) = (self.name("D"), self.name("p"), self.name("p"));
        let (value, total) = (self.name("v"), self.name("v"));
        let depth = self.numbers.within(0, 4);
        let labelled = self.numbers.chance(50);
        let (left, right) = if labelled { ("l :: ", "r :: ") } else { ("", "") };
        self.definitions.push(format!(
            "process {name}(d, k : integer; up : process) ::\n[ d = 0 -> up ! k\n[] d > 0 -> [[ {left}{name}(d - 1, 2 * k, up) || {right}{name}(d - 1, 2 * k + 1, up) ]]\n]\nend"
        ));
        let mut outer = scope.clone();
        outer.reads = vec![(total.clone(), total.clone())];
        vec![
            format!("{total} : integer"),
            together(&[
                (root.clone(), vec![format!("{name}({depth}, 1, {sink})")]),
                (
                    sink,
                    vec![
                        format!("{value} : integer"),
                        format!("*[ {root} ? {value} -> {total} := {total} + {value} * {value} ]"),
                    ],
                ),
            ]),
            self.print(&outer),
        ]
    }

    /// Agents in one name, each of which takes messages of its own shape.
    fn shapes(&mut self, scope: &mut Scope) -> Vec<String> {
        let (name, partner, value) = (self.name("p"), self.name("p"), self.name("v"));
        let agents = 2 + self.numbers.below(3);
        let sender = self.inside(scope, true);
        let mut sent = vec![0; agents];
        let mut output = Vec::new();
        for _ in 0..self.numbers.within(1, 8) {
            let shape = self.numbers.below(agents);
            sent[shape] += 1;
            output.push(format!("{name} ! s{shape}({})", self.expression(&sender, 2)));
        }
        let mut inner = Vec::new();
        for (shape, count) in sent.into_iter().enumerate() {
            if count == 0 {
                continue;
            }
            let mut agent = self.inside(scope, false);
            agent.declared(&value);
            let line = self.print(&agent);
            let input = format!("{partner} ? s{shape}({value})");
            let list = match self.numbers.below(3) {
                0 => format!("*(k:1..{count})[ {input}; {line} ]"),
                1 => format!("*[ {input} -> {line} ]"),
                _ => format!("c : integer; *[ c < {count}; {input} -> c := c + 1; {line} ]"),
            };
            inner.push((String::new(), vec![format!("{value} : integer"), list]));
        }
        vec![together(&[(name.clone(), vec![together(&inner)]), (partner, output)])]
    }

    /// Agents in one name output one after the other to one who is late: what fits is taken in order of arrival.
    pub(super) fn arrivals(&mut self, scope: &Scope) -> Vec<String> {
        let (name, late, value) = (self.name("p"), self.name("p"), self.name("v"));
        let count = 2 + self.numbers.below(5);
        let mut moments: Vec<usize> = (1..=count).collect();
        for i in (1..count).rev() {
            moments.swap(i, self.numbers.below(i + 1));
        }
        let shapes: Vec<bool> = (0..count).map(|_| self.numbers.chance(40)).collect();
        let agents: Vec<(String, Vec<String>)> = (0..count)
            .map(|i| {
                let output = if shapes[i] { format!("m({i})") } else { i.to_string() };
                (
                    String::new(),
                    vec![format!("after {}; {late} ! {output}", 10 * moments[i])],
                )
            })
            .collect();
        let shaped = shapes.iter().filter(|&&shaped| shaped).count();
        let mut receiver = self.inside(scope, false);
        receiver.declared(&value);
        // each input fails the program unless it takes what has come first of what it wants
        let line = format!("c := c + 1; [ {value} = e(c) -> skip ]; {}", self.print(&receiver));
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|&i| moments[i]);
        let (mut first, mut second): (Vec<usize>, Vec<usize>) = order.into_iter().partition(|&i| !shapes[i]);
        let mut inputs = vec![
            format!("*(k:1..{})[ {name} ? {value}; {line} ]", count - shaped),
            format!("*(k:1..{shaped})[ {name} ? m({value}); {line} ]"),
        ];
        match self.numbers.below(4) {
            0 => {
                inputs.reverse();
                std::mem::swap(&mut first, &mut second);
            }
            1 => {
                inputs = vec![format!(
                    "pri *[ {name} ? {value} -> {line} [] {name} ? m({value}) -> {line} ]"
                )];
            }
            2 => {
                std::mem::swap(&mut first, &mut second);
                inputs = vec![format!(
                    "pri *[ {name} ? m({value}) -> {line} [] {name} ? {value} -> {line} ]"
                )];
            }
            _ => {}
        }
        first.extend(second);
        let begin = format!("{value}, c : integer; e : (1..{count}) integer := {{{first:?}}}; after 1000");
        let mut list = vec![begin];
        list.extend(inputs);
        let inputs_without_outputs = shaped == 0 || shaped == count;
        if inputs_without_outputs {
            // nothing could ever meet one of the inputs
            list.truncate(1);
            let target = if shaped == 0 { value } else { format!("m({value})") };
            list.push(format!("*[ {name} ? {target} -> {line} ]"));
        }
        vec![together(&[(name.clone(), vec![together(&agents)]), (late, list)])]
    }

    /// A grid whose cells input from the west and the north, in any order, and output to the east and the south.
    fn grid(&mut self, scope: &mut Scope) -> Vec<String> {
        let (m, x, y) = (self.name("p"), self.name("v"), self.name("v"));
        let (r, c) = (self.name("i"), self.name("i"));
        let (rows, columns) = (self.numbers.within(1, 3), self.numbers.within(1, 3));
        let mut cell = self.inside(scope, false);
        for range in [&r, &c] {
            cell.ranges.push(range.clone());
            cell.can_read(range);
        }
        cell.declared(&x);
        cell.declared(&y);
        let inputs = match self.numbers.below(3) {
            0 => format!("[[ {m}({r}, {c} - 1) ? {x} || {m}({r} - 1, {c}) ? {y} ]]"),
            1 => format!(
                "b, d : boolean; *[ not b; {m}({r}, {c} - 1) ? {x} -> b := true [] not d; {m}({r} - 1, {c}) ? {y} -> d := true ]"
            ),
            _ => format!("{m}({r}, {c} - 1) ? {x}; {m}({r} - 1, {c}) ? {y}"),
        };
        let work = self.list(&mut cell, 2);
        let (east, south) = (self.expression(&cell, 2), self.expression(&cell, 2));
        let outputs = format!("[[ {m}({r}, {c} + 1) ! {east} || {m}({r} + 1, {c}) ! {south} ]]");
        let mut border = self.inside(scope, false);
        border.ranges.push(r.clone());
        border.declared(&x);
        let line = self.print(&border);
        let mut centre = vec![format!("{x}, {y} : integer"), inputs];
        centre.extend(work);
        centre.push(outputs);
        vec![together(&[
            (
                format!("{m}({r}:1..{rows}, 0)"),
                vec![format!("{m}({r}, 1) ! {r} * 11")],
            ),
            (
                format!("{m}(0, {c}:1..{columns})"),
                vec![format!("{m}(1, {c}) ! {c} * 13")],
            ),
            (format!("{m}({r}:1..{rows}, {c}:1..{columns})"), centre),
            (
                format!("{m}({r}:1..{rows}, {})", columns + 1),
                vec![format!("{x} : integer; {m}({r}, {columns}) ? {x}"), line],
            ),
            (
                format!("{m}({}, {c}:1..{columns})", rows + 1),
                vec![format!("{m}({rows}, {c}) ? _")],
            ),
        ])]
    }

    /// Hoare's bounded buffer between two processes.
    fn buffer(&mut self, scope: &mut Scope) -> Vec<String> {
        let (from, buffer, to) = (self.name("p"), self.name("p"), self.name("p"));
        let (value, again) = (self.name("v"), self.name("i"));
        let (count, size) = (self.numbers.within(0, 9), self.numbers.within(1, 4));
        let mut sender = self.inside(scope, true);
        sender.can_read(&again);
        let sent = self.expression(&sender, 2);
        let mut receiver = self.inside(scope, false);
        receiver.declared(&value);
        let line = self.print(&receiver);
        vec![together(&[
            (
                from.clone(),
                vec![format!("*({again}:1..{count})[ {buffer} ! {sent} ]")],
            ),
            (
                buffer.clone(),
                vec![
                    format!("b : (0..{}) integer; in, out : integer", size - 1),
                    format!(
                        "*[ in < out + {size}; {from} ? b(in % {size}) -> in := in + 1\n[] out < in; {to} ? more() -> {to} ! b(out % {size}); out := out + 1 ]"
                    ),
                ],
            ),
            (
                to.clone(),
                vec![
                    format!("{value} : integer"),
                    format!("*({again}:1..{count})[ {buffer} ! more(); {buffer} ? {value}; {line} ]"),
                ],
            ),
        ])]
    }

    /// Processes that do not talk, each of which changes a variable of its encloser.
    fn variables_inside(&mut self, scope: &mut Scope) -> Vec<String> {
        let mut list = self.declare_one(scope);
        list.extend(self.declare_one(scope));
        let own: Vec<String> = scope.writes.iter().rev().take(3).cloned().collect();
        let mut processes = Vec::new();
        for name in &own {
            let mut inner = self.inside(scope, true);
            inner.reads.retain(|read| !own.contains(&read.0));
            inner.declared(name);
            let label = if self.numbers.chance(50) {
                self.name("p")
            } else {
                String::new()
            };
            processes.push((label, self.list(&mut inner, 4)));
        }
        list.push(together(&processes));
        list.push(self.print(scope));
        list
    }
}
