//! Reports about communications that can never happen.

use super::meet::{EVERY_SORT, Meeting, Saying, Source};
use super::shape;
use super::speech::{Kind, Speaker};
use hydra_bytecode::{Span, report::Report};
use rustc_hash::FxHashSet;

/// How many of the other side's communications a report shows.
const NOTES_MAX: usize = 4;

/// How many are looked at to find them.
const TRIES_MAX: u64 = 20_000;

/// Reports what found no partner: for each source the sayings, at least one, that come from it.
pub(super) fn report(meeting: &Meeting, mut lonely: Vec<(Source, Vec<usize>)>, reports: &mut Vec<Report>) {
    lonely.sort_by_key(|(_, failed)| meeting.sayings[failed[0]].kind);
    // an input that was shown as what an output does not meet needs no report of its own
    let mut shown = FxHashSet::default();
    for (source, failed) in lonely {
        if !shown.contains(&source) {
            let unmet = Unmet::new(meeting, &failed);
            reports.extend(places(meeting, source).iter().map(|&place| unmet.report(place)));
            shown.extend(unmet.answers.iter().map(|answer| answer.source));
        }
    }
}

/// The places of a group of communications.
fn places<'s>(meeting: &Meeting<'s>, source: Source) -> &'s [Span] {
    match source {
        Source::Direct(line, group) => &meeting.speech.direct[&line].groups[group].places,
        Source::Formal(formal, group) => &meeting.speech.formals[formal].sayings.groups[group].places,
    }
}

/// A communication without a partner.
struct Unmet<'m, 's> {
    meeting: &'m Meeting<'s>,
    saying: &'m Saying<'s>,
    speaker: &'s Speaker,
    /// the name it is for, with what is known of its subscripts
    partner: String,
    /// a process that it may be meant for
    partner_speaker: Option<&'s Speaker>,
    /// what these say, in other shapes
    answers: Vec<Saying<'s>>,
}

impl<'m, 's> Unmet<'m, 's> {
    fn new(meeting: &'m Meeting<'s>, failed: &[usize]) -> Self {
        let saying = &meeting.sayings[failed[0]];
        let command = &meeting.speech.commands[saying.line.command as usize];
        let mut partner = command.families[saying.line.family as usize].clone();
        if let Some(marks) = saying.marks.filter(|marks| !marks.is_empty()) {
            let text = |mark: &Option<i64>| mark.map_or("…".into(), |n| n.to_string());
            partner += &format!("({})", marks.iter().map(text).collect::<Vec<_>>().join(", "));
        }
        let first = meeting.partners(saying).next();
        let (mut answers, mut seen, mut left) = (Vec::new(), FxHashSet::default(), TRIES_MAX);
        for &number in failed.iter().take(NOTES_MAX) {
            meeting.answers(&meeting.sayings[number], EVERY_SORT, &mut left, &mut |answer| {
                if answers.len() < NOTES_MAX && seen.insert(answer.source) {
                    answers.push(*answer);
                }
                answers.len() == NOTES_MAX
            });
        }
        let partner_speaker = first.map(|first| &command.speakers[first as usize]);
        Unmet {
            meeting,
            saying,
            speaker: meeting.speaker(saying),
            partner,
            partner_speaker,
            answers,
        }
    }

    fn report(&self, place: Span) -> Report {
        let Unmet {
            meeting,
            saying,
            speaker,
            partner,
            ..
        } = self;
        let ty = shape::name(&meeting.speech.types[saying.ty as usize]);
        let (verb, side) = if saying.kind == Kind::Output {
            ("inputs", "from")
        } else {
            ("outputs", "to")
        };
        let what = match saying.kind {
            Kind::Output => "this output can never happen".to_string(),
            Kind::Input => "this input can never happen".to_string(),
            Kind::Guard => format!("this guard only waits until `{partner}` has terminated"),
        };
        let text = if speaker.family.is_none() {
            format!("`{partner}` cannot name this process, which has no label: {what}")
        } else if self.partner_speaker.is_none() {
            format!("no other process is named `{partner}`: {what}")
        } else if self.answers.is_empty() {
            format!("`{partner}` never {verb} anything {side} `{}`: {what}", speaker.name)
        } else {
            format!("`{partner}` never {verb} `{ty}` {side} `{}`: {what}", speaker.name)
        };
        let report = match saying.kind {
            Kind::Output => Report::error("H0601", place, text),
            Kind::Input => Report::error("H0602", place, text),
            Kind::Guard => Report::warning("H0906", place, text),
        };
        let direction = if saying.kind == Kind::Output { "to" } else { "from" };
        let mut report = self.other_side(report.label(format!("`{ty}` {direction} `{partner}`")), verb, side);
        if let Some(instance) = saying.instance {
            let text = match speaker.family {
                Some(_) => format!("said by this instance, in the name of `{}`", speaker.name),
                None => "said by this instance".into(),
            };
            report = report.note(instance, text);
        }
        report
    }

    /// Adds what is on the other side.
    fn other_side(&self, mut report: Report, verb: &str, side: &str) -> Report {
        let name = &self.speaker.name;
        if self.speaker.family.is_none() {
            return report
                .note(self.speaker.span, "the process without a label")
                .help("give it a label");
        }
        if self.answers.is_empty() {
            return match self.partner_speaker {
                Some(known) => report.note(known.span, format!("`{}` {verb} nothing {side} `{name}`", known.name)),
                None => report,
            };
        }
        for answer in &self.answers {
            let (sent, taken) = self.meeting.types(self.saying, answer);
            let who = &self.meeting.speaker(answer).name;
            let theirs = shape::name(&self.meeting.speech.types[answer.ty as usize]);
            if let Some(&at) = places(self.meeting, answer.source).first() {
                let why = shape::difference(sent, taken);
                report = report.note(at, format!("here `{who}` {verb} `{theirs}`: {why}"));
            }
            if report.help.is_none() {
                report.help = shape::advice(sent, taken).map(str::to_string);
            }
        }
        report
    }
}
