//! Random networks: a tree of processes with what each of them does, as text and as steps for the model.

use super::numbers::Numbers;

/// A process: an index into [`Network::processes`].
pub(crate) type Id = usize;

/// What a message looks like: an integer, or an integer in a constructor.
pub(crate) type Shape = u8;

/// From whom to whom, both names of one parallel command, and the shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Talk {
    pub(crate) from: Id,
    pub(crate) to: Id,
    pub(crate) shape: Shape,
}

/// A command.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    /// An output by an agent of `from`.
    Output(Talk),
    /// An input by an agent of `to`.
    Input(Talk),
    /// An alternative, or a repetition.
    Choice {
        repeats: bool,
        pri: bool,
        guards: Vec<Guard>,
        otherwise: bool,
    },
    /// A delay in milliseconds.
    After(u16),
    /// The processes inside.
    Inside,
    /// A communication that is never reached, so that the compiler sees a partner for another one.
    Never(Talk, bool),
}

/// A guarded command.
#[derive(Clone, Debug)]
pub(crate) enum Guard {
    Input(Talk, Vec<Command>),
    After(u16),
}

/// A process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Process {
    pub(crate) name: String,
    pub(crate) parent: Option<Id>,
    pub(crate) children: Vec<Id>,
    pub(crate) commands: Vec<Command>,
}

/// Processes; those without a parent are the top.
#[derive(Clone, Debug, Default)]
pub(crate) struct Network {
    pub(crate) processes: Vec<Process>,
}

impl Network {
    /// The network that the numbers say.
    pub(crate) fn new(numbers: &mut Numbers<'_>) -> Network {
        let mut network = Network::default();
        for _ in 0..2 + numbers.below(3) {
            network.add(None, numbers);
        }
        for top in 0..network.processes.len() {
            if numbers.chance(35) {
                for _ in 0..1 + numbers.below(2) {
                    network.add(Some(top), numbers);
                }
            }
        }
        let all = network.processes.len();
        if all > 4 && all < 8 && numbers.chance(30) {
            network.add(Some(all - 1), numbers);
            network.add(Some(all - 1), numbers);
        }
        for id in 0..network.processes.len() {
            if !network.processes[id].children.is_empty() {
                network.processes[id].commands.push(Command::Inside);
            }
        }
        for _ in 0..2 + numbers.below(3 * network.processes.len()) {
            network.communication(numbers);
        }
        // some networks are left as they are drawn, some are disturbed everywhere
        let percent = *numbers.pick(&[0, 30, 60, 100]);
        for id in 0..network.processes.len() {
            network.disturb(id, percent, numbers);
        }
        network.complete();
        network
    }

    fn add(&mut self, parent: Option<Id>, numbers: &mut Numbers<'_>) {
        let id = self.processes.len();
        // a family for each parallel command, for an inner one hides an outer one of its name
        let family = parent.map_or("f".to_owned(), |parent| format!("f{parent}"));
        let name = if numbers.chance(30) {
            format!("{family}({id})")
        } else {
            format!("p{id}")
        };
        self.processes.push(Process {
            name,
            parent,
            ..Process::default()
        });
        if let Some(parent) = parent {
            self.processes[parent].children.push(id);
        }
    }

    /// Whether a process is another one or inside it.
    pub(crate) fn is_within(&self, mut id: Id, outer: Id) -> bool {
        loop {
            if id == outer {
                return true;
            }
            match self.processes[id].parent {
                Some(parent) => id = parent,
                None => return false,
            }
        }
    }

    /// The process with those that enclose it, as reports name it.
    pub(crate) fn path(&self, id: Id) -> String {
        match self.processes[id].parent {
            Some(parent) => format!("{}/{}", self.path(parent), self.processes[id].name),
            None => self.processes[id].name.clone(),
        }
    }

    /// A communication that happens if nothing else disturbs it.
    fn communication(&mut self, numbers: &mut Numbers<'_>) {
        let all: Vec<Id> = (0..self.processes.len()).collect();
        let speaker = *numbers.pick(&all);
        // the names that it can see: siblings, and siblings of those that enclose it
        let mut names = Vec::new();
        let mut from = speaker;
        loop {
            let parent = self.processes[from].parent;
            let siblings = all
                .iter()
                .filter(|&&id| id != from && self.processes[id].parent == parent);
            names.extend(siblings.map(|&to| (from, to)));
            match parent {
                Some(parent) => from = parent,
                None => break,
            }
        }
        if names.is_empty() {
            return;
        }
        let (from, to) = *numbers.pick(&names);
        let agents: Vec<Id> = all.into_iter().filter(|&id| self.is_within(id, to)).collect();
        let listener = *numbers.pick(&agents);
        let talk = Talk {
            from,
            to,
            shape: u8::from(numbers.chance(20)),
        };
        self.processes[speaker].commands.push(Command::Output(talk));
        self.processes[listener].commands.push(Command::Input(talk));
    }

    /// Changes the order of a process's commands, leaves one out, makes choices of inputs, adds delays.
    fn disturb(&mut self, id: Id, percent: u64, numbers: &mut Numbers<'_>) {
        let mut commands = std::mem::take(&mut self.processes[id].commands);
        if numbers.chance(percent / 2) && commands.len() > 1 {
            let (one, other) = (numbers.below(commands.len()), numbers.below(commands.len()));
            commands.swap(one, other);
        }
        if numbers.chance(percent / 5) && commands.len() > 1 {
            let out = numbers.below(commands.len());
            if !matches!(commands[out], Command::Inside) {
                commands.remove(out);
            }
        }
        if numbers.chance(50) {
            commands = choices(commands, numbers);
        }
        if numbers.chance(25) {
            let at = numbers.below(commands.len() + 1);
            commands.insert(at, Command::After(numbers.below(4) as u16));
        }
        self.processes[id].commands = commands;
    }

    /// Adds what is never reached, so that each output has an input that could meet it, and the reverse.
    fn complete(&mut self) {
        let mut outputs: Vec<Talk> = Vec::new();
        let mut inputs: Vec<(Talk, bool)> = Vec::new();
        for process in &self.processes {
            gather(&process.commands, &mut outputs, &mut inputs);
        }
        for &talk in &outputs {
            if !inputs.iter().any(|&(input, _)| input == talk) {
                self.processes[talk.to].commands.push(Command::Never(talk, true));
                inputs.push((talk, false));
            }
        }
        for (talk, guards) in inputs {
            if !guards && !outputs.contains(&talk) {
                self.processes[talk.from].commands.push(Command::Never(talk, false));
                outputs.push(talk);
            }
        }
    }
}

/// Some inputs become guards.
fn choices(commands: Vec<Command>, numbers: &mut Numbers<'_>) -> Vec<Command> {
    let mut made: Vec<Command> = Vec::new();
    for command in commands {
        let Command::Input(talk) = command else {
            made.push(command);
            continue;
        };
        let last = made.last_mut();
        if let Some(Command::Choice { guards, .. }) = last
            && numbers.chance(60)
        {
            guards.push(Guard::Input(talk, Vec::new()));
        } else if numbers.chance(60) {
            let repeats = numbers.chance(50);
            made.push(Command::Choice {
                repeats,
                pri: numbers.chance(20),
                guards: vec![Guard::Input(talk, Vec::new())],
                otherwise: !repeats && numbers.chance(15),
            });
        } else {
            made.push(Command::Input(talk));
        }
    }
    // an output behind a choice may become what one of its guards does; an alternative may have a delay
    let mut result: Vec<Command> = Vec::new();
    for command in made {
        match (result.last_mut(), command) {
            (Some(Command::Choice { guards, .. }), Command::Output(talk)) if numbers.chance(40) => {
                let at = numbers.below(guards.len());
                if let Guard::Input(_, body) = &mut guards[at] {
                    body.push(Command::Output(talk));
                }
            }
            (_, command) => result.push(command),
        }
    }
    for command in &mut result {
        if let Command::Choice {
            repeats: false,
            otherwise: false,
            guards,
            ..
        } = command
            && numbers.chance(25)
        {
            guards.push(Guard::After(numbers.below(4) as u16));
        }
    }
    result
}

/// All communications in the text; of the inputs, whether they are guards.
fn gather(commands: &[Command], outputs: &mut Vec<Talk>, inputs: &mut Vec<(Talk, bool)>) {
    for command in commands {
        match command {
            Command::Output(talk) | Command::Never(talk, false) => outputs.push(*talk),
            Command::Input(talk) | Command::Never(talk, true) => inputs.push((*talk, false)),
            Command::Choice { guards, .. } => {
                for guard in guards {
                    if let Guard::Input(talk, body) = guard {
                        inputs.push((*talk, true));
                        gather(body, outputs, inputs);
                    }
                }
            }
            Command::After(_) | Command::Inside => {}
        }
    }
}
