import Foundation
import LLMConfiguration
import Testing

@Suite("Files that are none of ours")
struct ConfigurationFileTests {
    @Test func bytesThatAreNoTextAreRefused() throws {
        let world = try World(["STIGMER_CONFIG=~/bytes.yaml", "disk bytes.yaml="])
        try Data([0x6D, 0xFF, 0xFE, 0x0A]).write(to: URL(fileURLWithPath: world.home + "/bytes.yaml"))
        #expect {
            _ = try world.load()
        } throws: { error in
            (error as? ConfigurationError).map { $0.message.contains("not UTF-8") && $0.value == "~/bytes.yaml" }
                ?? false
        }
    }

    @Test func deepNestingIsRefusedOrReadButEndsNothing() throws {
        for open in ["[", "{a: ", "- "] {
            let world = try World(["yaml " + String(repeating: open, count: 100_000)])
            do {
                _ = try world.load()
            } catch {
                #expect(!error.message.contains("\n"))
            }
        }
    }

    /// A file of ours with a few characters changed: read or refused in one line that shows no key.
    @Test(arguments: 0..<300)
    func damagedFilesAreReadOrRefusedInOneLine(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var text = Array(
            """
            backend:
              type: local
              local:
                llm: &llm
                  provider: openai
                  model: "m" # a comment
                  base_url: http://h:1
                  api_key: SECRET-file-key-cccc
                  temperature: 0.5
                  model_aliases: {fast: a, openai: {b: c}}
            model_aliases:
              - x
            other: [1, {a: *llm}]
            """
        )
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = text.indices.randomElement(using: &random) ?? 0
            let mark = Array("\n\t:-[]{}&*!|>'\"%@`#, \0\u{7}\u{2028}ä?0").randomElement(using: &random) ?? " "
            if Bool.random(using: &random) { text[place] = mark } else { text.insert(mark, at: place) }
        }
        let world = try World(["yaml " + String(text)])
        do {
            _ = try world.load()
        } catch {
            #expect(!error.message.contains("\n"))
            // Where the damage hit the key itself, a piece of it may have become another word.
            #expect(!error.message.contains("SECRET-file-key-cccc"))
        }
    }
}
