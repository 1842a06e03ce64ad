import Foundation
import LLMConfiguration
import Models
import Testing

@Suite("What is shown")
struct ShownTests {
    private let given = [
        "STIGMER_LLM_PROVIDER=anthropic", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb", "STIGMER_LLM_TEMPERATURE=0.5",
    ]

    @Test func rowsStandInTheOrderOfTheTable() throws {
        let rows = try World([]).load().effective.rows
        #expect(
            rows.map(\.name) == [
                "mode", "provider", "model", "base_url", "api_key", "temperature", "max_tokens", "num_ctx",
            ]
        )
    }

    @Test(arguments: [true, false])
    func jsonHasTheShapeOfTheDesign(pretty: Bool) throws {
        let json = try World(given).load().effective.json(pretty: pretty)
        let parsed = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let settings = try #require(parsed?["settings"] as? [String: [String: Any]])
        #expect(parsed?.count == 1)
        #expect(settings.count == 8)
        #expect(settings.values.allSatisfy { $0.keys.sorted() == ["origin", "value"] && $0["origin"] is String })
        #expect(settings["provider"]?["value"] as? String == "anthropic")
        #expect(settings["provider"]?["origin"] as? String == "env STIGMER_LLM_PROVIDER")
        #expect(settings["api_key"]?["value"] as? String == "…bbbb")
        #expect(settings["temperature"]?["value"] as? Double == 0.5)
        #expect(settings["max_tokens"]?["value"] as? Int == 20_000)
        #expect(settings["num_ctx"]?["value"] is NSNull)
    }

    @Test func plainJSONIsOneLine() throws {
        let json = try World(given).load().effective.json()
        #expect(!json.contains("\n"))
        #expect(json.hasPrefix(#"{"settings": {"mode": {"value": "local", "origin": "default"}, "provider": "#))
    }

    @Test func jsonEscapesWhatAModelsNameMayHold() throws {
        let json = try World(["STIGMER_LLM_MODEL=a\"b\\c/ü"]).load().effective.json()
        #expect(json.contains(#""value": "a\"b\\c/ü""#))
    }

    @Test func aKeyIsRevealedOnlyOnDemand() throws {
        let key = try #require(try World(given).load().effective.apiKey.value)
        #expect(key.reveal() == "SECRET-own-key-bbbb")
        #expect("\(key)" == "…bbbb")
        #expect(String(reflecting: key) == "…bbbb")
        #expect(Mirror(reflecting: key).children.isEmpty)
        var dumped = ""
        dump([key], to: &dumped)
        #expect(!dumped.contains("SECRET"))
    }

    @Test(arguments: [("", "…"), ("abc", "…"), ("abcd", "…d"), ("abcdefgh", "…gh"), ("abcdefghijklmnopqrst", "…qrst")])
    func atMostAQuarterOfAKeyIsShownAndFourCharactersAtMost(key: String, shown: String) {
        #expect(APIKey(key).redacted == shown)
    }

    @Test func anErrorNamesTheSettingTheValueAndItsOrigin() {
        #expect {
            _ = try World(["--llm-temperature=hot"]).load()
        } throws: { error in
            let error = error as? ConfigurationError
            return error?.code == .invalidArgument && error?.setting == "temperature" && error?.value == "hot"
                && error?.origin == "flag --llm-temperature"
                && error?.message
                    == "temperature \"hot\" (flag --llm-temperature): not a number; give one from 0 to 2"
        }
    }

    @Test func anErrorAboutAKeyHasNoValue() {
        #expect {
            _ = try World(["STIGMER_LLM_API_KEY=SECRET a"]).load()
        } throws: { error in
            let error = error as? ConfigurationError
            return error != nil && error?.value == nil
        }
    }

    @Test func anEndlessValueIsCut() {
        #expect {
            _ = try World(["STIGMER_LLM_TEMPERATURE=" + String(repeating: "hot ", count: 10_000)]).load()
        } throws: { error in
            (error as? ConfigurationError).map { $0.message.count < 300 } ?? false
        }
    }
}
