//! Steps that communicate, and those of a choice.

use super::super::quick::{Quick, behind, is_keyed};
use super::{Ip, Values, Words, control, failed, go_on, left, resume, switch, taken};
use crate::sched::Worker;
use hydra_bytecode::Instr;

/// What follows the quick path of a communication; where it does not apply, `$further` may know how.
macro_rules! follow {
    (($ip:ident, $s:ident, $r:ident, $worker:ident), $quick:expr, $further:ident) => {
        match $quick {
            Quick::Done => go_on::<RECORDED>($ip.add(1), $s, $r, $worker),
            Quick::Pushing => pushing::<RECORDED>($ip, $s, $r, $worker),
            Quick::Parked => switch::<RECORDED>($worker),
            Quick::Further => $further::<RECORDED>($ip, $s, $r, $worker),
            Quick::No => control::<RECORDED>($ip, $s, $r, $worker),
            Quick::Failed => failed($ip, $worker),
        }
    };
}

/// A communication: the process goes on, or waits, and then another one goes on. What happens seldom is in functions that
/// are called in tail position, too, so that the usual way needs no frame.
macro_rules! communication {
    ($name:ident, $keyed:ident, $learn:ident, $shared:ident, $locked:ident, $quick:ident, $further:ident) => {
        pub(super) unsafe fn $name<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
            // SAFETY: as the caller of `run` promises: the instruction is of the process that runs.
            unsafe {
                if is_keyed(&*ip) {
                    return $keyed::<RECORDED>(ip, s, r, worker);
                }
                follow!(
                    (ip, s, r, worker),
                    worker.$quick::<false, false, RECORDED>(ip, s),
                    $shared
                )
            }
        }

        #[inline(never)]
        unsafe fn $keyed<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
            // SAFETY: as above.
            unsafe {
                if worker.is_stale(ip) {
                    return $learn::<RECORDED>(ip, s, r, worker);
                }
                follow!(
                    (ip, s, r, worker),
                    worker.$quick::<true, false, RECORDED>(ip, s),
                    $shared
                )
            }
        }

        #[inline(never)]
        unsafe fn $learn<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
            // SAFETY: as above.
            unsafe {
                match worker.learn(ip) {
                    true => $keyed::<RECORDED>(ip, s, r, worker),
                    false => control::<RECORDED>(ip, s, r, worker),
                }
            }
        }

        #[inline(never)]
        unsafe fn $shared<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
            // SAFETY: as above.
            unsafe {
                match worker.is_alone() {
                    true => $further::<RECORDED>(ip, s, r, worker),
                    false => $locked::<RECORDED>(ip, s, r, worker),
                }
            }
        }

        #[inline(never)]
        unsafe fn $locked<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
            // SAFETY: as above.
            unsafe {
                follow!(
                    (ip, s, r, worker),
                    worker.$quick::<true, true, RECORDED>(ip, s),
                    $further
                )
            }
        }
    };
}

/// A communication that is not of the simplest kind.
macro_rules! further {
    ($further:ident, $direct:ident) => {
        #[inline(never)]
        unsafe fn $further<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
            // SAFETY: as above.
            unsafe { follow!((ip, s, r, worker), worker.$direct::<RECORDED>(ip), control) }
        }
    };
}

/// An output to a name in which a process chooses.
#[inline(never)]
unsafe fn send_chosen<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
    // SAFETY: as the caller of `run` promises.
    unsafe { follow!((ip, s, r, worker), worker.chosen_send::<RECORDED>(ip), send_further) }
}

communication!(
    send,
    send_keyed,
    send_learn,
    send_shared,
    send_locked,
    quick_send,
    send_chosen
);
further!(send_further, direct_send);
communication!(
    receive,
    receive_keyed,
    receive_learn,
    receive_shared,
    receive_locked,
    quick_receive,
    receive_further
);
further!(receive_further, direct_receive);

/// The communication at `ip` has happened, and the queue is to be settled.
#[inline(never)]
unsafe fn pushing<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
    worker.queue.settle();
    // SAFETY: as the caller of `run` promises; a communication does not end a routine.
    unsafe { go_on::<RECORDED>(ip.add(1), s, r, worker) }
}

/// A step of a choice: done at once if it is that of a server, as it was last time; else `$quick` may know how.
macro_rules! round {
    ($name:ident, $other:ident, $again:expr, $quick:expr) => {
        pub(super) unsafe fn $name<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
            // SAFETY: as the caller of `run` promises; the instruction does not end a routine.
            unsafe {
                let again: fn(&mut Worker<'_>, &Instr) -> bool = $again;
                if (*ip).a == 1 && again(worker, &*ip) {
                    return go_on::<RECORDED>(ip.add(1), s, r, worker);
                }
                $other::<RECORDED>(ip, s, r, worker)
            }
        }

        #[inline(never)]
        unsafe fn $other<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
            // SAFETY: as above.
            unsafe {
                let quick: fn(&mut Worker<'_>, &Instr) -> bool = $quick;
                match quick(worker, &*ip) {
                    true => go_on::<RECORDED>(ip.add(1), s, r, worker),
                    false => control::<RECORDED>(ip, s, r, worker),
                }
            }
        }
    };
}
round!(
    choose,
    choose_other,
    |worker, i| worker.choose_again(i.d),
    |worker, i| worker.quick_choose(i.d)
);
round!(arm_all, arm_all_other, |worker, i| worker.arm_again(i), |worker, i| {
    worker.quick_arm_all(i)
});
round!(arm, arm_other, |_, _| false, |worker, i| worker.quick_arm(i));

/// The end of a round: the process goes on with a command list, or waits, and then another one goes on.
macro_rules! select {
    ($name:ident, $select:ident) => {
        #[inline(never)]
        pub(super) unsafe fn $name<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
            // SAFETY: as the caller of `run` promises: the instruction is of the process that runs, whose choice says where it
            // goes on.
            unsafe {
                let Some(pc) = worker
                    .here
                    .as_ref()
                    .and_then(|process| behind(worker.codes, process, ip))
                else {
                    return ip;
                };
                match worker.$select::<RECORDED>((*ip).d, pc) {
                    Quick::Done => resume::<RECORDED>(worker),
                    Quick::Parked => switch::<RECORDED>(worker),
                    Quick::No | Quick::Pushing | Quick::Further => control::<RECORDED>(ip, s, r, worker),
                    Quick::Failed => failed(ip, worker),
                }
            }
        }
    };
}
select!(serve, serve);
select!(select_other, quick_select);
pub(super) unsafe fn select<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
    // SAFETY: as the caller of `run` promises.
    unsafe {
        match (*ip).a {
            1 => serve::<RECORDED>(ip, s, r, worker),
            _ => select_other::<RECORDED>(ip, s, r, worker),
        }
    }
}

/// A communication of a value: with a member that its port remembers.
macro_rules! value {
    ($name:ident, |$r:ident, $i:ident| $register:expr, $quick:ident, $other:ident, $with:ident) => {
        #[inline(never)]
        pub(super) unsafe fn $name<const RECORDED: bool>(ip: Ip, s: Words, $r: Values, worker: &mut Worker<'_>) -> Ip {
            // SAFETY: as the caller of `run` promises; nobody else refers to the register.
            unsafe {
                let $i = &*ip;
                let quick = worker.$quick::<RECORDED>(ip, $register);
                follow!((ip, s, $r, worker), quick, $other)
            }
        }

        #[inline(never)]
        unsafe fn $other<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
            // SAFETY: as the caller of `run` promises; where a process goes on is an instruction of its routine.
            unsafe {
                let instr = *ip;
                let Some(known) = worker.known_partner(instr.d) else {
                    return control::<RECORDED>(ip, s, r, worker);
                };
                let Some((process, group)) = taken(ip, worker) else {
                    return ip;
                };
                let flow = worker.$with(process, group, instr, known);
                left::<RECORDED>(flow, worker)
            }
        }
    };
}
value!(
    send_value,
    |r, i| r.wrapping_add(usize::from(i.b)),
    value_send,
    send_value_further,
    send_value_to
);
value!(
    receive_value,
    |r, i| r.wrapping_add(usize::from(i.b)),
    value_receive,
    receive_value_further,
    receive_value_from
);
