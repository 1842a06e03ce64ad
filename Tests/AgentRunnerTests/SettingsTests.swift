import HTTPServer
import Testing

@testable import agent_runner

struct SettingsTests {
    @Test(
        "a duration is read as a person writes it",
        arguments: [
            ("90", .seconds(90)), ("90s", .seconds(90)), ("1500ms", .milliseconds(1500)), ("5m", .seconds(300)),
            ("2h", .seconds(7200)), (" 7s ", .seconds(7)), ("31536000", .seconds(31_536_000)),
        ] as [(String, Duration)]
    )
    func durations(text: String, duration: Duration) throws {
        #expect(try Settings(environment: [:]).duration("token-timeout", text, default: .zero) == duration)
    }

    @Test(
        "what is no duration is refused by the name of its flag",
        arguments: ["0", "-1", "5d", "s", "1.5s", "ten", "31536001", "99999999999999999999", "5 m", "٣"]
    )
    func noDurations(text: String) {
        let error = #expect(throws: StartError.self) {
            try Settings(environment: [:]).duration("token-timeout", text, default: .zero)
        }
        #expect(error?.description.contains("--token-timeout") == true)
        #expect(error?.description.contains(text) == true)
    }

    @Test(
        "a flag beats the environment, the environment the default, and a blank is nothing",
        arguments: [
            ("1s", "2s", .seconds(1)), (nil, "2s", .seconds(2)), (" ", "2s", .seconds(2)), (nil, nil, .seconds(9)),
            ("", "  ", .seconds(9)),
        ] as [(String?, String?, Duration)]
    )
    func precedence(flag: String?, variable: String?, expected: Duration) throws {
        let settings = Settings(environment: variable.map { ["STIGMER_DRAIN_TIME": $0] } ?? [:])
        #expect(try settings.duration("drain-time", flag, default: .seconds(9)) == expected)
    }

    @Test(
        "a limit is a whole number from 1 to a million",
        arguments: [("1", 1), (" 250 ", 250), ("1000000", 1_000_000), ("0", nil), ("-1", nil), ("1000001", nil)]
            + [("1.5", nil), ("many", nil), ("99999999999999999999", nil), ("٣", nil)] as [(String, Int?)]
    )
    func counts(text: String, count: Int?) throws {
        let settings = Settings(environment: ["STIGMER_MAX_STREAMS": text])
        guard let count else {
            let error = #expect(throws: StartError.self) { try settings.count("max-streams", nil, default: 9) }
            #expect(error?.description.contains("STIGMER_MAX_STREAMS") == true)
            return
        }
        #expect(try settings.count("max-streams", nil, default: 9) == count)
    }

    @Test("a wrong variable is named")
    func wrongVariable() {
        let settings = Settings(environment: ["STIGMER_LISTEN": "nowhere"])
        let error = #expect(throws: StartError.self) {
            try settings.value("listen", nil, default: ListenAddress(host: "a", port: 1), expected: "host:port") {
                ListenAddress($0)
            }
        }
        #expect(error?.description.contains("host:port") == true)
        #expect(error?.description.contains("STIGMER_LISTEN") == true)
    }

    @Test(
        "a switch is true or false and nothing else",
        arguments: [("true", true), ("1", true), ("TRUE", true), ("false", false), ("0", false), ("", false)]
    )
    func switches(text: String, expected: Bool) throws {
        #expect(try Settings(environment: ["STIGMER_OLLAMA_PULL": text]).flag("ollama-pull", false) == expected)
        #expect(try Settings(environment: ["STIGMER_OLLAMA_PULL": text]).flag("ollama-pull", true))
    }

    @Test("a switch that is neither is refused")
    func noSwitch() {
        #expect(throws: StartError.self) {
            try Settings(environment: ["STIGMER_OLLAMA_PULL": "yes please"]).flag("ollama-pull", false)
        }
    }
}
