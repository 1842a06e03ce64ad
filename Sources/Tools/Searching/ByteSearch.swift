/// Finds a run of bytes in others, in a time that grows with both lengths and never with their product (Knuth, Morris,
/// Pratt).
struct ByteSearch: Sendable {
    private let wanted: [UInt8]
    /// For each length of a match in progress: the longest shorter one that it holds at its end.
    private let fallback: [Int]

    /// Searches for these bytes, at least one.
    init(_ wanted: [UInt8]) {
        self.wanted = wanted
        var fallback = [0]
        var length = 0
        for byte in wanted.dropFirst() {
            while length > 0, wanted[length] != byte { length = fallback[length - 1] }
            if wanted[length] == byte { length += 1 }
            fallback.append(length)
        }
        self.fallback = fallback
    }

    /// Where they begin, from left to right, none in another.
    ///
    /// - Throws: ``ToolFailure`` when it is cancelled.
    func places(in bytes: [UInt8], _ cancellation: Cancellation) throws(ToolFailure) -> [Int] {
        var places: [Int] = []
        var from = 0
        while let place = first(in: bytes[from...]) {
            try cancellation.check()
            places.append(place)
            from = place + wanted.count
        }
        return places
    }

    /// Where they begin first; nil if nowhere.
    func first(in bytes: ArraySlice<UInt8>) -> Int? {
        bytes.withUnsafeBufferPointer { buffer in
            var length = 0
            for (index, byte) in buffer.enumerated() {
                while length > 0, wanted[length] != byte { length = fallback[length - 1] }
                if wanted[length] == byte { length += 1 }
                if length == wanted.count { return bytes.startIndex + index + 1 - length }
            }
            return nil
        }
    }
}
