import Synchronization
import TestSupport

/// All randomness of a simulation: it follows from the seed alone.
final class Chance: Sendable {
    private let random: Mutex<SeededRandom>

    init(seed: UInt64) { random = Mutex(SeededRandom(seed: seed)) }

    func bits() -> UInt64 { random.withLock { $0.next() } }

    func int(_ range: ClosedRange<Int>) -> Int {
        random.withLock { Int.random(in: range, using: &$0) }
    }

    /// True in so many of 100 cases.
    func percent(_ share: Int) -> Bool { int(1...100) <= share }

    func milliseconds(_ range: ClosedRange<Int>) -> Duration { .milliseconds(int(range)) }

    func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[int(0...(elements.count - 1))]
    }
}
