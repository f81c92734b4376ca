//! A network as a program.

use super::network::{Command, Guard, Id, Network, Talk};

/// A process that listens to the outside, added to a program.
pub(crate) const EAR: &str = "ear :: *[ outside ? _ -> skip ]";

/// The program; with an `ear`, it also waits for the extern `outside`.
pub(crate) fn program(network: &Network, ear: bool) -> String {
    let tops: Vec<Id> = (0..network.processes.len())
        .filter(|&id| network.processes[id].parent.is_none())
        .collect();
    let mut text = if ear {
        "extern outside;\n".to_owned()
    } else {
        String::new()
    };
    text.push_str(&parallel(network, &tops, if ear { Some(EAR) } else { None }));
    text.push('\n');
    text
}

fn parallel(network: &Network, ids: &[Id], more: Option<&str>) -> String {
    let mut each: Vec<String> = ids.iter().map(|&id| process(network, id)).collect();
    each.extend(more.map(str::to_owned));
    format!("[[ {}\n]]", each.join("\n|| "))
}

fn process(network: &Network, id: Id) -> String {
    let commands = list(network, id, &network.processes[id].commands);
    format!(
        "{} ::\nn : integer; never : boolean;\n{commands}",
        network.processes[id].name
    )
}

fn list(network: &Network, id: Id, commands: &[Command]) -> String {
    if commands.is_empty() {
        return "skip".into();
    }
    let each: Vec<String> = commands.iter().map(|one| command(network, id, one)).collect();
    each.join(";\n")
}

fn target(talk: Talk) -> &'static str {
    if talk.shape == 0 { "n" } else { "m(n)" }
}

fn output(network: &Network, talk: Talk) -> String {
    let value = if talk.shape == 0 { "1" } else { "m(1)" };
    format!("{} ! {value}", network.processes[talk.to].name)
}

fn input(network: &Network, talk: Talk) -> String {
    format!("{} ? {}", network.processes[talk.from].name, target(talk))
}

fn command(network: &Network, id: Id, command: &Command) -> String {
    match command {
        Command::Output(talk) => output(network, *talk),
        Command::Input(talk) => input(network, *talk),
        Command::After(time) => format!("after {time}"),
        Command::Inside => parallel(network, &network.processes[id].children, None),
        Command::Never(talk, true) => format!("[ never -> {} [] else -> skip ]", input(network, *talk)),
        Command::Never(talk, false) => format!("[ never -> {} [] else -> skip ]", output(network, *talk)),
        Command::Choice {
            repeats,
            pri,
            guards,
            otherwise,
        } => {
            let mut each: Vec<String> = guards
                .iter()
                .map(|guard| match guard {
                    Guard::Input(talk, body) => {
                        format!("{} -> {}", input(network, *talk), list(network, id, body))
                    }
                    Guard::After(time) => format!("after {time} -> skip"),
                })
                .collect();
            if *otherwise {
                each.push("else -> skip".into());
            }
            format!(
                "{}{}[ {} ]",
                if *pri { "pri " } else { "" },
                if *repeats { "*" } else { "" },
                each.join(" [] ")
            )
        }
    }
}
