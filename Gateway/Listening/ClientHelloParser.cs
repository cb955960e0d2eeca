using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Gateway.Listening;

/// <summary>
/// Reads the server name out of a ClientHello (RFC 8446, section 4.1.2; RFC 6066, section 3). Any bytes give a name or null, never an
/// exception. The name is ASCII in lower case, of 253 characters at most.
/// </summary>
internal static class ClientHelloParser
{
    private const byte HandshakeRecord = 22;
    private const byte ClientHello = 1;
    private const int ServerNameExtension = 0;
    private const byte HostName = 0;

    /// <summary>RFC 1035, section 2.3.4, without the two bytes of the root.</summary>
    private const int LongestName = 253;

    /// <summary>Returns the server name in a record, or null if the record holds no whole ClientHello or none with a valid name.</summary>
    public static string? ServerName(ReadOnlySequence<byte> record) =>
        record.IsSingleSegment ? ServerName(record.FirstSpan) : ServerName(record.ToArray());

    /// <inheritdoc cref="ServerName(ReadOnlySequence{byte})"/>
    public static string? ServerName(ReadOnlySpan<byte> record)
    {
        var cursor = new Cursor(record);
        if (!cursor.Byte(out var content) || content != HandshakeRecord || !cursor.Skip(2) || !cursor.Take16(out var fragment)
            || !fragment.Byte(out var message) || message != ClientHello || !fragment.Take24(out var hello))
        {
            return null;
        }

        // legacy_version, random, legacy_session_id, cipher_suites, legacy_compression_methods
        if (!hello.Skip(2 + 32) || !hello.Take8(out _) || !hello.Take16(out _) || !hello.Take8(out _)
            || !hello.Take16(out var extensions))
        {
            return null;
        }

        while (extensions.UInt16(out var extension) && extensions.Take16(out var body))
        {
            if (extension == ServerNameExtension)
            {
                return body.Take16(out var names) ? FirstHostName(names) : null;
            }
        }

        return null;
    }

    private static string? FirstHostName(Cursor names)
    {
        while (names.Byte(out var type) && names.Take16(out var name))
        {
            if (type == HostName)
            {
                return Normalize(name.Rest);
            }
        }

        return null;
    }

    private static string? Normalize(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > LongestName)
        {
            return null;
        }

        foreach (var b in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'-' or (byte)'.' or (byte)'_'))
            {
                return null;
            }
        }

        return Encoding.ASCII.GetString(name).ToLowerInvariant().TrimEnd('.');
    }

    /// <summary>Reads forward. Every read returns false if too few bytes were left for it.</summary>
    private ref struct Cursor(ReadOnlySpan<byte> bytes)
    {
        public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

        public bool Skip(int count)
        {
            if (Rest.Length < count)
            {
                return false;
            }

            Rest = Rest[count..];
            return true;
        }

        public bool Byte(out byte value)
        {
            value = Rest.IsEmpty ? (byte)0 : Rest[0];
            return Skip(1);
        }

        public bool UInt16(out int value)
        {
            value = Rest.Length < 2 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(Rest);
            return Skip(2);
        }

        public bool Take8(out Cursor body)
        {
            body = default;
            return Byte(out var length) && Take(length, out body);
        }

        public bool Take16(out Cursor body)
        {
            body = default;
            return UInt16(out var length) && Take(length, out body);
        }

        public bool Take24(out Cursor body)
        {
            body = default;
            return Byte(out var high) && UInt16(out var low) && Take((high << 16) | low, out body);
        }

        private bool Take(int length, out Cursor body)
        {
            body = Rest.Length < length ? default : new Cursor(Rest[..length]);
            return Skip(length);
        }
    }
}
