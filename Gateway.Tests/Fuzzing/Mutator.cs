namespace Gateway.Tests.Fuzzing;

/// <summary>Makes almost valid inputs out of valid ones. The same seed gives the same inputs.</summary>
internal sealed class Mutator(int seed, IReadOnlyList<byte[]> corpus)
{
    private const int Longest = 1800;

    private static readonly byte[] Edges = [0, 1, 2, 3, 4, 5, 15, 16, 17, 20, 21, 22, 40, 127, 128, 252, 253, 254, 255];

    private readonly Random _random = new(seed);

    /// <summary>Returns the number of inputs of a fuzz test: ten million in the tests' long mode (<c>./test --long</c>), and else <paramref name="few"/>.</summary>
    public static int Rounds(int few) => LongRun.IsOn ? 10_000_000 : few;

    /// <param name="protect">So many bytes at the beginning stay as they are.</param>
    public byte[] Next(int protect = 0)
    {
        var bytes = corpus[_random.Next(corpus.Count)].ToArray();
        for (var count = _random.Next(5); count > 0; count--)
        {
            bytes = Mutate(bytes, protect);
        }

        return bytes;
    }

    private byte[] Mutate(byte[] bytes, int protect)
    {
        if (bytes.Length <= protect + 2)
        {
            return bytes;
        }

        var at = _random.Next(protect, bytes.Length);
        switch (_random.Next(8))
        {
            case 0: // a bit
                bytes[at] ^= (byte)(1 << _random.Next(8));
                return bytes;
            case 1: // a value at the edge of something
                bytes[at] = Edges[_random.Next(Edges.Length)];
                return bytes;
            case 2: // any value
                bytes[at] = (byte)_random.Next(256);
                return bytes;
            case 3: // a little more or less, as in a length that lies
                bytes[at] = (byte)(bytes[at] + _random.Next(-3, 4));
                return bytes;
            case 4: // cut off
                return bytes[..at];
            case 5: // something left out
                return [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + _random.Next(1, 40))..]];
            case 6: // something put in
                var more = new byte[_random.Next(1, 40)];
                _random.NextBytes(more);
                return bytes.Length + more.Length > Longest ? bytes : [.. bytes[..at], .. more, .. bytes[at..]];
            default: // the rest of another one
                var other = corpus[_random.Next(corpus.Count)];
                var from = _random.Next(other.Length);
                return at + other.Length - from > Longest ? bytes : [.. bytes[..at], .. other[from..]];
        }
    }
}
