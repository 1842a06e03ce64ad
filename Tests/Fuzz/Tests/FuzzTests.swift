import Foundation
import TestSupport
import Testing

/// The fuzz targets without a fuzzer: what is in their corpora, and inputs made from it by chance with a fixed seed.
///
/// `make fuzz` runs the same targets under libFuzzer and the address sanitizer.
@Suite struct FuzzTests {
    static let runs = 200

    @Test func everyTargetHasACorpus() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Corpus.folder.path)
        #expect(folders.sorted() == FuzzTarget.all.map(\.name).sorted())
    }

    @Test(arguments: FuzzTarget.all)
    func whatIsInTheCorpusIsRead(target: FuzzTarget) throws {
        let corpus = try Corpus(of: target)
        #expect(!corpus.files.isEmpty)
        for (name, bytes) in corpus.files {
            do { try target.check(bytes) } catch { Issue.record("Corpora/\(target.name)/\(name): \(error)") }
        }
    }

    @Test(arguments: FuzzTarget.all)
    func whatIsLikeTheCorpusIsRead(target: FuzzTarget) throws {
        let corpus = try Corpus(of: target)
        var random = SeededRandom(seed: 7)
        for run in 0..<Self.runs {
            let bytes = corpus.mutated(&random)
            do { try target.check(bytes) } catch {
                Issue.record("run \(run), \(Data(bytes).base64EncodedString()) in base 64: \(error)")
                return
            }
        }
    }
}

/// A target's seeds and the words of its dictionary.
private struct Corpus {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Corpora")

    let files: [(name: String, bytes: [UInt8])]
    private let words: [[UInt8]]

    init(of target: FuzzTarget) throws {
        let folder = Self.folder.appendingPathComponent(target.name)
        files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            (name, Array(try Data(contentsOf: folder.appendingPathComponent(name))))
        }
        let dictionary = Self.folder.deletingLastPathComponent().appendingPathComponent(
            "Dictionaries/\(target.name).dict"
        )
        let lines = (try? String(contentsOf: dictionary, encoding: .utf8)) ?? ""
        words = lines.split(separator: "\n").map { Self.word($0) }
    }

    /// A line of a dictionary: a string in quotes with `\\`, `\"` and `\xAB`.
    private static func word(_ line: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = line.utf8.dropFirst().dropLast()
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let next = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            if next == UInt8(ascii: "x"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(next)
            }
        }
        return bytes
    }

    /// One of the files, changed in a few places.
    func mutated(_ random: inout SeededRandom) -> [UInt8] {
        guard var bytes = files.randomElement(using: &random)?.bytes else { return [] }
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.insert(contentsOf: words.randomElement(using: &random) ?? [], at: place)
            case 1: bytes.removeSubrange(place..<end)
            case 2 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 3 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 4: bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
            case 5:
                let other = files.randomElement(using: &random)?.bytes ?? []
                bytes.replaceSubrange(place..., with: other.suffix(Int.random(in: 0...other.count, using: &random)))
            default: break
            }
        }
        return bytes
    }
}
