//! What the standard streams carry: said of communications with them, and of those that a definition makes with a
//! stream which is handed to it.

use super::speech::{Kind, Speech};
use crate::check::resolve::text::type_name;
use crate::check::tree::Type;
use hydra_bytecode::{Span, report::Report};

/// The standard streams, by their numbers.
pub(in crate::check) const NAMES: [&str; 3] = ["stdin", "stdout", "stderr"];

/// What is wrong with a communication.
pub(in crate::check) struct Wrong {
    message: String,
    help: Option<&'static str>,
}

impl Wrong {
    fn new(message: String, help: Option<&'static str>) -> Option<Wrong> {
        Some(Wrong { message, help })
    }

    /// The error for it.
    pub(in crate::check) fn report(self, place: Span) -> Report {
        let report = Report::error("H0310", place, self.message);
        match self.help {
            Some(help) => report.help(help),
            None => report,
        }
    }
}

/// What is wrong with an input from a stream.
pub(in crate::check) fn input(stream: u16, ty: &Type) -> Option<Wrong> {
    let name = NAMES[usize::from(stream)];
    if stream > 0 {
        return Wrong::new(
            format!("`{name}` only takes values; there is nothing to input from it"),
            None,
        );
    }
    let message = match ty {
        Type::Integer | Type::Real | Type::Character | Type::String => return None,
        Type::Array(1, element) if **element == Type::Character => return None,
        Type::Struct(..) => "a structured value cannot be input from `stdin`".to_string(),
        Type::Any => "what is input from `stdin` must have a known type, which says how it is read".to_string(),
        ty => format!("{} cannot be input from `stdin`", type_name(ty)),
    };
    let help = "`stdin` gives characters, strings (lines), integers, reals, and arrays of characters (lines)";
    Wrong::new(message, Some(help))
}

/// What is wrong with an output to a stream.
pub(in crate::check) fn output(stream: u16, ty: &Type) -> Option<Wrong> {
    let name = NAMES[usize::from(stream)];
    let message = match ty {
        _ if stream == 0 => return Wrong::new("`stdin` only gives values; nothing can be output to it".into(), None),
        Type::Struct(..) => format!("a structured value cannot be output to `{name}`"),
        Type::Array(1, element) if matches!(**element, Type::Character | Type::Any) => return None,
        ty @ Type::Array(..) => format!("{} cannot be output to `{name}`", type_name(ty)),
        _ => return None,
    };
    Wrong::new(message, Some("`\"\" + x` makes a string of any value"))
}

/// Reports instances that hand a stream to a definition which cannot communicate with it.
pub(super) fn check(speech: &Speech, reports: &mut Vec<Report>) {
    for formal in &speech.formals {
        for &(stream, instance) in &formal.streams {
            let wrong = formal.sayings.groups.iter().find_map(|group| {
                let ty = &speech.types[group.ty as usize];
                let wrong = match group.kind {
                    Kind::Output => output(stream, ty),
                    Kind::Input | Kind::Guard => input(stream, ty),
                };
                wrong.zip(group.places.first())
            });
            if let Some((wrong, &place)) = wrong {
                reports.push(wrong.report(instance).note(place, "the definition does it here"));
            }
        }
    }
}
