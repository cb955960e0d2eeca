using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Connects;

/// <summary><c>struct connect</c> of connects.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Connect
{
    private readonly uint _address;
    private readonly ushort _port;
    private readonly ushort _protocol;
    private readonly CommandText _command;

    public override string ToString()
    {
        var command = (ReadOnlySpan<byte>)_command;
        var end = command.IndexOf((byte)0);
        return $"{Encoding.UTF8.GetString(end < 0 ? command : command[..end])} {Protocol} {new IPAddress(_address)}:{_port}";
    }

    private string Protocol => _protocol switch { 6 => "TCP", 17 => "UDP", _ => $"protocol {_protocol}" };

    [InlineArray(16)]
    private struct CommandText
    {
        private byte _first;
    }
}
