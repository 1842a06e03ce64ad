import TestSupport

/// The same bytes, cut in every way that is worth trying.
enum Pieces {
    /// Calls `meaning` with the input in one piece, byte by byte and cut by chance.
    ///
    /// - Returns: what the whole input means.
    /// - Throws: a finding if some pieces mean something else.
    @discardableResult
    static func expectSameMeaning<Meaning: Equatable>(
        of input: [UInt8],
        _ meaning: ([ArraySlice<UInt8>]) -> Meaning
    ) throws(FuzzTarget.Finding) -> Meaning {
        let whole = meaning([input[...]])
        // The input is its own seed, so that a file says everything that is needed to see a failure again.
        var random = SeededRandom(seed: input.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
        for longest in [1, 2, 7, 64, max(input.count, 1)] {
            var pieces: [ArraySlice<UInt8>] = []
            var rest = input[...]
            while !rest.isEmpty {
                let count = longest == 1 ? 1 : Int.random(in: 1...longest, using: &random)
                pieces.append(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            let other = meaning(pieces)
            guard other == whole else {
                throw FuzzTarget.Finding("cut at \(pieces.map(\.startIndex)) it means\n\(other)\nand not\n\(whole)")
            }
        }
        return whole
    }

    /// Lends `bytes` at an address of their own, gone after the call: the address sanitizer sees what reads beyond
    /// their end or keeps them.
    static func lend<R, Failure: Error>(
        _ bytes: some Collection<UInt8>,
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> R
    ) throws(Failure) -> R {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: bytes)
        return try body(UnsafeRawBufferPointer(copy))
    }
}
