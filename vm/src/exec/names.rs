//! Whom a process name means, and in whose name the process speaks to it.

use crate::chan::{FamilySource, GroupRef, Name, NameFamily, Partner};
use crate::error::Trap;
use crate::process::Process;
use crate::program::Program;
use crate::sched::{Shared, Worker};
use hydra_bytecode::{Instr, Op, Port, Target};
use std::sync::Arc;

/// A partner found.
pub(crate) enum Resolved {
    /// A process of a parallel command, and in whose name it is spoken to.
    Member {
        group: GroupRef,
        speaker: u32,
        partner: u32,
    },
    /// A stream of the host.
    Stream(u32),
}

/// The name of a member with its subscripts, as the program writes it.
pub(crate) fn written(name: &str, subscripts: &[u64]) -> String {
    if subscripts.is_empty() {
        return name.to_owned();
    }
    let subscripts: Vec<String> = subscripts
        .iter()
        .map(|&subscript| (subscript as i64).to_string())
        .collect();
    format!("{name}({})", subscripts.join(", "))
}

#[cold]
fn no_process(port: &Port, subscripts: &[u64]) -> Box<Trap> {
    Trap::new(format!("there is no process {}", written(&port.name, subscripts)))
}

/// The group and member that `process` is at `depth`: itself, or the process `depth` levels further out.
pub(crate) fn encloser(group: GroupRef, member: u32, depth: u16) -> Option<(GroupRef, u32)> {
    let mut at = (group, member);
    for _ in 0..depth {
        at = at.0.parent?;
    }
    Some(at)
}

/// Whom a port means. `group` is the process's.
#[inline]
pub(crate) fn resolve(
    shared: &Shared,
    group: GroupRef,
    process: &mut Process,
    port: &Port,
) -> Result<Resolved, Box<Trap>> {
    let me = process.member;
    let first = usize::from(port.subscripts);
    match port.target {
        Target::Label { depth, family } => {
            let (group, speaker) = match depth {
                0 => (group, me),
                _ => encloser(group, me, depth).ok_or_else(Trap::malformed)?,
            };
            let subscripts = &process.s()[first..first + usize::from(port.count)];
            let partner = (group.layout)
                .find(family, subscripts)
                .ok_or_else(|| no_process(port, subscripts))?;
            if partner == speaker {
                return Err(names_itself(port, subscripts));
            }
            Ok(Resolved::Member {
                group,
                speaker,
                partner,
            })
        }
        _ => resolve_other(shared, group, process, port),
    }
}

#[cold]
fn names_itself(port: &Port, subscripts: &[u64]) -> Box<Trap> {
    Trap::new(format!(
        "{} names itself, or a process that encloses it",
        written(&port.name, subscripts)
    ))
}

#[inline(never)]
fn resolve_other(shared: &Shared, own: GroupRef, process: &mut Process, port: &Port) -> Result<Resolved, Box<Trap>> {
    let first = usize::from(port.subscripts);
    let subscripts = || first..first + usize::from(port.count);
    let found = match port.target {
        Target::Formal(register) => match process.names().get(usize::from(register)) {
            Some(Name::One(Partner::Member {
                group,
                speaker,
                partner,
            })) => {
                if *group == own {
                    let (speaker, partner) = (*speaker, *partner);
                    return Ok(Resolved::Member {
                        group: own,
                        speaker,
                        partner,
                    });
                }
                Partner::Member {
                    group: *group,
                    speaker: *speaker,
                    partner: *partner,
                }
            }
            Some(Name::One(Partner::Stream(stream))) => Partner::Stream(*stream),
            Some(Name::Outside(own)) => Partner::Stream(own.stream),
            Some(Name::Family(family)) => {
                let family = family.clone();
                member_of(shared, &family, &process.s()[subscripts()])
                    .map_err(|outside| outside.unwrap_or_else(|| no_process(port, &process.s()[subscripts()])))?
            }
            _ => return Err(Trap::malformed()),
        },
        Target::Host(host) => {
            let subscripts = &process.s()[subscripts()];
            Partner::Stream(
                shared
                    .streams
                    .member(host, subscripts)
                    .ok_or_else(|| no_process(port, subscripts))?,
            )
        }
        Target::Label { .. } => return Err(Trap::malformed()),
    };
    Ok(match found {
        Partner::Stream(stream) => Resolved::Stream(stream),
        Partner::Member { speaker, partner, .. } if speaker == partner => {
            return Err(names_itself(port, &process.s()[subscripts()]));
        }
        Partner::Member {
            group,
            speaker,
            partner,
        } => Resolved::Member {
            group,
            speaker,
            partner,
        },
    })
}

/// The member of a family that was handed over; the error is `None` if there is no such process.
fn member_of(shared: &Shared, family: &NameFamily, subscripts: &[u64]) -> Result<Partner, Option<Box<Trap>>> {
    for (&subscript, &(low, high)) in subscripts.iter().zip(&family.bounds) {
        let subscript = subscript as i64;
        if subscript < low || subscript > high {
            return Err(None);
        }
    }
    match &family.source {
        FamilySource::Group { group, speaker, family } => {
            let partner = group.layout.find(*family, subscripts).ok_or(None)?;
            Ok(Partner::Member {
                group: *group,
                speaker: *speaker,
                partner,
            })
        }
        FamilySource::Host(host) => Ok(Partner::Stream(shared.streams.member(*host, subscripts).ok_or(None)?)),
    }
}

impl Worker<'_> {
    /// `Name`, `Family`, `Within` and `Outside`.
    pub(super) fn name(&mut self, process: &mut Process, group: GroupRef, instr: Instr) -> Result<(), Box<Trap>> {
        let program: &Program = &self.shared.program;
        let name = match instr.op {
            Op::Name => {
                let port = &program.module.ports[usize::from(instr.d)];
                if let Target::Formal(register) = port.target
                    && let Some(own @ Name::Outside(_)) = process.names().get(usize::from(register))
                {
                    let own = own.clone();
                    set_name(process, instr.b, own);
                    return Ok(());
                }
                match resolve(self.shared, group, process, port)? {
                    Resolved::Stream(stream) => Name::One(Partner::Stream(stream)),
                    Resolved::Member {
                        group,
                        speaker,
                        partner,
                    } => Name::One(Partner::Member {
                        group,
                        speaker,
                        partner,
                    }),
                }
            }
            Op::Family => {
                let port = &program.module.ports[usize::from(instr.d)];
                let source = match port.target {
                    Target::Label { depth, family } => {
                        let (group, speaker) = encloser(group, process.member, depth).ok_or_else(Trap::malformed)?;
                        FamilySource::Group { group, speaker, family }
                    }
                    Target::Host(host) => FamilySource::Host(host),
                    Target::Formal(register) => {
                        let name = process
                            .names()
                            .get(usize::from(register))
                            .cloned()
                            .ok_or_else(Trap::malformed)?;
                        set_name(process, instr.b, name);
                        return Ok(());
                    }
                };
                Name::Family(Arc::new(NameFamily {
                    source,
                    bounds: Vec::new(),
                    name: port.name.clone(),
                }))
            }
            Op::Outside => {
                let kind = hydra_bytecode::Outside::ALL.get(usize::from(instr.d)).copied();
                let kind = kind.ok_or_else(Trap::malformed)?;
                let repeats = self.shared.player.is_some();
                let ends = (!repeats).then(|| self.shared.outside.open(kind));
                Name::Outside(Arc::new(self.shared.streams.begin_own(self.shared, ends)))
            }
            _ => self.within(process, instr)?,
        };
        set_name(process, instr.b, name);
        Ok(())
    }

    /// A family formal with its bounds: all members within them must exist.
    fn within(&self, process: &mut Process, instr: Instr) -> Result<Name, Box<Trap>> {
        let Some(Name::Family(family)) = process.names().get(usize::from(instr.c)).cloned() else {
            return Err(Trap::malformed());
        };
        let first = usize::from(instr.d);
        let bounds: Vec<(i64, i64)> = process.s()[first..first + 2 * usize::from(instr.a)]
            .chunks_exact(2)
            .map(|pair| (pair[0] as i64, pair[1] as i64))
            .collect();
        if bounds.iter().all(|(low, high)| low <= high) {
            let mut subscripts: Vec<u64> = bounds.iter().map(|&(low, _)| low as u64).collect();
            loop {
                if let Err(problem) = member_of(self.shared, &family, &subscripts) {
                    let mut trap = problem.unwrap_or_else(|| {
                        Trap::new(format!("there is no process {}", written(&family.name, &subscripts)))
                    });
                    trap.at_instance = true;
                    return Err(trap);
                }
                if !next_subscripts(&mut subscripts, &bounds) {
                    break;
                }
            }
        }
        let (source, name) = (family.source.clone(), family.name.clone());
        Ok(Name::Family(Arc::new(NameFamily { source, bounds, name })))
    }
}

fn set_name(process: &mut Process, register: u16, name: Name) {
    let names = process.names();
    let register = usize::from(register);
    if names.len() <= register {
        names.resize(register + 1, Name::None);
    }
    names[register] = name;
}

/// The next subscripts within the bounds, the last fastest; whether there are any.
pub(super) fn next_subscripts(subscripts: &mut [u64], bounds: &[(i64, i64)]) -> bool {
    for (subscript, &(low, high)) in subscripts.iter_mut().zip(bounds).rev() {
        if (*subscript as i64) < high {
            *subscript = subscript.wrapping_add(1);
            return true;
        }
        *subscript = low as u64;
    }
    false
}
