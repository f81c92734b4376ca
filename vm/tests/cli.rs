//! What `hydra-vm` prints for shells and for `man`.

use std::process::{Command, Output};

fn hydra_vm(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_hydra-vm"))
        .args(arguments)
        .output()
        .expect("it can be started");
    (
        status.code().unwrap_or(-1),
        String::from_utf8_lossy(&stdout).into_owned(),
        String::from_utf8_lossy(&stderr).into_owned(),
    )
}

#[test]
fn completions_know_commands_and_flags() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (status, script, err) = hydra_vm(&["completions", shell]);
        assert_eq!((status, err.as_str()), (0, ""), "{shell}");
        assert!(
            script.contains("verify") && script.contains("max-memory"),
            "{shell}: {script}"
        );
    }
    assert_eq!(hydra_vm(&["completions", "tcsh"]).0, 2);
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let (status, page, _) = hydra_vm(&["man"]);
    assert_eq!(status, 0);
    assert!(
        page.contains(".TH hydra\\-vm") || page.contains(".TH hydra-vm"),
        "{page}"
    );
    assert!(page.contains("Exit status of run"), "{page}");
    let (status, page, _) = hydra_vm(&["man", "run"]);
    assert_eq!(status, 0);
    assert!(page.contains("seed"), "{page}");
    let (status, page, err) = hydra_vm(&["man", "fly"]);
    assert_eq!((status, page.as_str()), (2, ""));
    assert!(err.contains("there is no command fly"), "{err}");
}
