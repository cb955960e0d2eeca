using System.Buffers.Binary;
using System.Text;

namespace Gateway.Tests.Listening;

/// <summary>Makes ClientHellos (RFC 8446, 4.1.2), right ones and others.</summary>
internal static class HelloBytes
{
    /// <summary>A hello with this server name between some extensions that real clients send.</summary>
    /// <param name="name">Null: no server name.</param>
    /// <param name="before">Extensions before it.</param>
    public static byte[] Of(string? name, params byte[][] before) =>
        Record(Handshake([.. before.SelectMany(extension => extension), .. name is null ? [] : ServerName(name), .. Extension(43, [2, 3, 4])]));

    public static byte[] Record(byte[] fragment, byte type = 22) => [type, 3, 1, .. Word(fragment.Length), .. fragment];

    public static byte[] Handshake(byte[] extensions, byte type = 1, int session = 32)
    {
        byte[] body = [3, 3, .. new byte[32], (byte)session, .. new byte[session], .. Word(4), 0x13, 1, 0x13, 2, 1, 0, .. Word(extensions.Length), .. extensions];
        return [type, 0, .. Word(body.Length), .. body];
    }

    public static byte[] Extension(int type, byte[] body) => [.. Word(type), .. Word(body.Length), .. body];

    public static byte[] ServerName(string name) => ServerNames(0, Encoding.Latin1.GetBytes(name));

    /// <summary>A server_name extension of one entry.</summary>
    public static byte[] ServerNames(byte type, byte[] name) => Extension(0, [.. Word(name.Length + 3), type, .. Word(name.Length), .. name]);

    public static byte[] Word(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }
}
