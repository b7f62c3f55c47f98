//! What is said of a workflow before it runs.

use patchbay_model::Severity;
use patchbay_model::workflow::place;

use crate::world::{compiled, file};

/// Rows: nodes, edges, then each diagnostic as `CODE severity LINE hint?`.
#[test]
fn every_fault_is_told_at_once() {
    let rows: [(&str, &str, &[&str]); 10] = [
        ("T trigger\nA pass", "T -> A", &[]),
        (
            "T trigger\nC comment {\"parameters\": {\"x\": \"={{ $('Nope') }}\"}}",
            "",
            &[],
        ),
        (
            "T trigger\nA pas\nB pas\nC xyz",
            "T -> A -> B -> C",
            &[
                "E0101 unsupported 3 did you mean `test.pass`?",
                "E0101 unsupported 4 did you mean `test.pass`?",
                "E0101 unsupported 5 a definition in TOML can add it: `--nodes DIR`",
            ],
        ),
        (
            "T trigger\nA pass {\"typeVersion\": 3}",
            "T -> A",
            &["E0102 unsupported 3 these versions run: 1, 2"],
        ),
        (
            "T trigger\nAbc pass",
            "T -> Abd, Tx -> Abc",
            &[
                "E0104 warning 5 did you mean `T`?",
                "E0103 unsupported 5 did you mean `Abc`?",
            ],
        ),
        (
            "T trigger\nA pass\nJ join",
            "T -> A@1, A -> J@2, A:1 -> J",
            &["E0105 warning 6 ", "E0106 warning 6 ", "E0105 warning 6 "],
        ),
        (
            "T trigger\nA pass\nA pass",
            "",
            &["E0107 error 4 give each node a name of its own, and change what refers to it"],
        ),
        (
            "T trigger\nA pass\nB fail\nC pass {\"typeVersion\": 3}\nX nothing",
            "T -> A, B -> C",
            &[
                "E0110 warning 4 nothing leads to the node: the workflow runs without it",
                "E0102 warning 5 these versions run: 1, 2",
                "E0101 unsupported 6 a definition in TOML can add it: `--nodes DIR`",
            ],
        ),
        (
            "A pass\nB fail",
            "",
            &[
                "E0111 warning 1 name the node to start at: `--trigger NODE`",
                "E0110 unsupported 3 ",
            ],
        ),
        (
            "T trigger\nA nothing {\"disabled\": true}\nB pass {\"parameters\": {\"x\": [\"={{ $('Tt').item }}\"]}}",
            "",
            &[
                "E0101 warning 3 a definition in TOML can add it: `--nodes DIR`",
                "E0109 warning 4 did you mean `T`?",
            ],
        ),
    ];
    for (nodes, edges, expected) in rows {
        let text = file(nodes, edges, "v1");
        let compilation = compiled(&text);
        let mut diagnostics = compilation.diagnostics;
        place(&mut diagnostics, &text);
        let told: Vec<String> = diagnostics
            .iter()
            .map(|fault| {
                let line = fault.position.map_or(0, |position| position.line);
                let hint = fault.hints.first().map_or("", String::as_str);
                format!("{} {} {line} {hint}", fault.code, fault.severity.as_str())
            })
            .collect();
        assert_eq!(told, expected, "{nodes} {edges}");
        let is_broken = diagnostics.iter().any(|fault| fault.severity == Severity::Error);
        assert_eq!(compilation.graph.is_none(), is_broken);
    }
}
