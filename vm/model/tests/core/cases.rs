//! Small programs and what must come of them in every interleaving.

use hydra_model::model::Bug;
use hydra_model::{Outcome, Status};

/// A program with its outcome. None of them has dead groups, of which a warning would be given.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    /// What comes on `stdin`, piece by piece, each read by the thread that reads for the run.
    pub(crate) input: &'static [&'static str],
    /// Somebody cancels the run, and nothing comes on `stdin` before it has ended.
    pub(crate) cancelled: bool,
    /// How it may end: the status, and the lines that were printed, in any order.
    pub(crate) ends: &'static [(Status, &'static [&'static str])],
    /// What the report says.
    pub(crate) says: &'static str,
    /// Faults that it finds.
    pub(crate) finds: &'static [Bug],
}

const PLAIN: Case = Case {
    name: "",
    text: "",
    input: &[],
    cancelled: false,
    ends: &[],
    says: "",
    finds: &[],
};

const fn done(lines: &'static [&'static str]) -> (Status, &'static [&'static str]) {
    (Status::Done, lines)
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "rendezvous",
        text: "[[ a :: b ! 1; b ! 2 || b :: n : integer; a ? n; {print(n)}; a ? n; {print(n)} ]]",
        ends: &[done(&["1", "2"])],
        finds: &[Bug::SecretShare, Bug::LostProcess],
        ..PLAIN
    },
    Case {
        name: "together again",
        text: "[[ a :: n : integer; b ! 1; b ? n; {print(n)} || b :: n : integer; a ? n; a ! n + 1
            || c :: i : integer; *[ i < 3 -> i := i + 1 ] ]]",
        ends: &[done(&["2"])],
        finds: &[Bug::EarlyTogether],
        ..PLAIN
    },
    Case {
        name: "together again, but for one who speaks outwards",
        text: "[[ x :: [[ p :: y ! 1; q ! 2 || q :: n : integer; *[ n < 3 -> n := n + 1 ]; p ? n; {print(n)} ]]
            || y :: n : integer; *[ n < 2 -> n := n + 1 ]; z ? n; x ? n; {print(n)} || z :: y ! 5 ]]",
        ends: &[done(&["1", "2"])],
        finds: &[Bug::LonePart],
        ..PLAIN
    },
    Case {
        name: "rendezvous of values",
        text: "[[ a :: b ! \"x\"; b ! \"y\" || b :: s : string; a ? s; {print(s)}; a ? s; {print(s)} ]]",
        ends: &[done(&["x", "y"])],
        finds: &[Bug::OpenLock],
        ..PLAIN
    },
    Case {
        name: "both ways",
        text: "[[ a :: n : integer; b ! 1; b ? n; {print(n)} || b :: n : integer; a ? n; a ! n + 1 ]]",
        ends: &[done(&["2"])],
        ..PLAIN
    },
    Case {
        name: "choice",
        text: "[[ a :: c ! 1 || b :: c ! 2
            || c :: n, sum : integer; *[ a ? n -> sum := sum + n [] b ? n -> sum := sum + n ]; {print(sum)} ]]",
        ends: &[done(&["3"])],
        finds: &[Bug::DeafChoice, Bug::LostWitness, Bug::OpenLock],
        ..PLAIN
    },
    Case {
        name: "choice over a range",
        text: "[[ a(i:1..2) :: c ! i; c ! i
            || c :: n, sum : integer; *[ (i:1..2) a(i) ? n -> sum := sum + 10 * i + n ]; {print(sum)} ]]",
        ends: &[done(&["66"])],
        finds: &[Bug::DeafChoice, Bug::LostWitness],
        ..PLAIN
    },
    Case {
        name: "choice of two names",
        text: "[[ x :: p ! 1
            || p :: [[ q :: n, sum : integer; *[ x ? n -> sum := sum + n [] r ? n -> sum := sum + n ]; {print(sum)}
                   || r :: q ! 2 ]] ]]",
        ends: &[done(&["3"])],
        finds: &[Bug::LateParking, Bug::LostWitness],
        ..PLAIN
    },
    Case {
        name: "two who output in one name",
        text: "[[ x :: [[ p :: y ! 1 || q :: y ! 2 ]]
            || y :: n, sum : integer; x ? n; sum := n; x ? n; sum := sum + n; {print(sum)} ]]",
        ends: &[done(&["3"])],
        finds: &[Bug::SecretShare],
        ..PLAIN
    },
    Case {
        name: "two who input in one name",
        text: "[[ x :: y ! 1; y ! 2
            || y :: [[ p :: n : integer; x ? n; q ! n || q :: m, n : integer; x ? n; p ? m; {print(m + n)} ]] ]]",
        ends: &[done(&["3"])],
        finds: &[Bug::SecretShare],
        ..PLAIN
    },
    Case {
        name: "two who choose in one name",
        text: "[[ x :: y ! 1; y ! 2
            || y :: [[ p :: n : integer; s : string; *[ x ? n -> {print(n)} [] x ? s -> skip ]
                   || q :: n : integer; s : string; *[ x ? n -> {print(n)} [] x ? s -> skip ] ]] ]]",
        ends: &[done(&["1", "2"])],
        finds: &[Bug::DeafChoice],
        ..PLAIN
    },
    Case {
        name: "end of a source",
        text: "[[ a :: b ! 1 || b :: n : integer; *[ a ? n -> {print(n)} ]; {print(\"end\")} ]]",
        ends: &[done(&["1", "end"])],
        finds: &[Bug::LostTaker],
        ..PLAIN
    },
    Case {
        name: "end of a source that two hear",
        text: "[[ x :: skip
            || y :: [[ p :: n : integer; *[ x ? n -> skip ]; {print(\"p\")} || q :: n : integer; *[ x ? n -> skip ]; {print(\"q\")} ]] ]]",
        ends: &[done(&["p", "q"])],
        finds: &[Bug::LateTelling, Bug::LostTaker],
        ..PLAIN
    },
    Case {
        name: "end of a source, outside a guard",
        text: "[[ a :: b ! 1 || b :: n : integer; a ? n; {print(n)}; a ? n ]]",
        ends: &[(Status::Failure, &["1"])],
        says: "input from a, which has terminated",
        finds: &[Bug::LostTaker],
        ..PLAIN
    },
    Case {
        name: "end of a receiver",
        text: "[[ a :: b ! 1; b ! 2 || b :: n : integer; a ? n; {print(n)} ]]",
        ends: &[(Status::Failure, &["1"])],
        says: "output to b, which has terminated",
        finds: &[Bug::LostReceiver],
        ..PLAIN
    },
    Case {
        name: "ends one after the other",
        text: "*(k:1..2)[ [[ a :: b ! k || b :: n : integer; a ? n; c ! n || c :: n : integer; b ? n; {print(n)} ]] ]; {print(\"end\")}",
        ends: &[done(&["1", "2", "end"])],
        finds: &[Bug::LostCount],
        ..PLAIN
    },
    Case {
        name: "results",
        text: "x, y, z : integer; [[ x := 1 || y := 2 || z := 3 ]]; {print(x + y + z)}",
        ends: &[done(&["6"])],
        finds: &[Bug::LostCount, Bug::LostProcess],
        ..PLAIN
    },
    Case {
        name: "deadlock",
        text: "[[ a :: n : integer; b ? n; b ! n || b :: n : integer; a ? n; a ! n ]]",
        ends: &[(Status::Deadlock, &[])],
        says: "cycle",
        finds: &[],
        ..PLAIN
    },
    Case {
        name: "deadlock beside one that runs",
        text: "[[ a :: n : integer; b ? n; b ! n || b :: n : integer; a ? n; a ! n
            || c :: *(k:1..4)[ skip ]; {print(\"c\")}; d ! 1 || d :: n : integer; c ? n; {print(n)} ]]",
        ends: &[(Status::Deadlock, &["c", "1"])],
        finds: &[Bug::EarlyDeadlock],
        ..PLAIN
    },
    Case {
        name: "delay",
        text: "[[ a :: after 5; b ! 1 || b :: n : integer; a ? n; {print(n)} || c :: after 3; {print(\"c\")} ]]",
        ends: &[done(&["1", "c"])],
        finds: &[Bug::SecretShare, Bug::EarlyDeadlock],
        ..PLAIN
    },
    Case {
        name: "delay of a choice",
        text: "[[ a :: after 5; b ! 1 || b :: n : integer;
                [ a ? n -> {print(n)} [] after 5 -> {print(\"late\")}; a ? n ]; {print(\"end\")} ]]",
        ends: &[done(&["1", "end"]), done(&["late", "end"])],
        finds: &[Bug::SecretShare],
        ..PLAIN
    },
    Case {
        name: "delay that is over",
        text: "[[ a :: n : integer; [ b ? n -> {print(n)} [] after 1000 -> {print(\"late\")} ]; b ? n; b ! n
            || b :: n : integer; a ! 1; a ? n; a ! 2 ]]",
        ends: &[(Status::Deadlock, &["1"]), (Status::Failure, &["late"])],
        finds: &[Bug::StaleTimer],
        ..PLAIN
    },
    Case {
        name: "reading",
        text: "[[ a :: s : string; *[ stdin ? s -> b ! s ]; {print(\"end\")}
            || b :: s : string; *[ a ? s -> {print(s)} ] || c :: n : integer; d ! 1 || d :: n : integer; c ? n ]]",
        input: &["one\ntw", "o\n"],
        ends: &[done(&["one", "two", "end"])],
        finds: &[Bug::SilentReturn, Bug::QuietPool],
        ..PLAIN
    },
    Case {
        name: "choice between a stream and a process",
        text: "[[ a :: s : string; n : integer; *[ stdin ? s -> {print(s)} [] b ? n -> {print(n)} ]; {print(\"end\")}
            || b :: a ! 1 ]]",
        input: &["one\n"],
        ends: &[done(&["one", "1", "end"])],
        finds: &[Bug::SilentReturn],
        ..PLAIN
    },
    Case {
        name: "cancelling",
        text: "[[ a :: s : string; stdin ? s; b ! s || b :: s : string; a ? s ]]",
        cancelled: true,
        ends: &[(Status::Cancelled, &[])],
        finds: &[Bug::QuietCancel],
        ..PLAIN
    },
];

impl Case {
    /// What is wrong with an outcome.
    pub(crate) fn wrong(&self, outcome: &Outcome, printed: &str, warnings: usize) -> Option<String> {
        let mut lines: Vec<&str> = printed.lines().collect();
        lines.sort_unstable();
        let fits = |(status, wanted): &&(Status, &[&str])| {
            let mut wanted = wanted.to_vec();
            wanted.sort_unstable();
            *status == outcome.status && wanted == lines
        };
        let said = outcome
            .report
            .as_ref()
            .map_or(String::new(), |report| format!("{report:?}"));
        let is_right = self.ends.iter().any(|end| fits(&end)) && said.contains(self.says) && warnings == 0;
        let (name, status) = (self.name, outcome.status);
        (!is_right).then(|| format!("{name}: {status:?}, printed {lines:?}, {warnings} warnings: {said}"))
    }
}
