using System.Buffers.Binary;
using System.Text;
using Gateway.Ebpf.Hooks;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>Datagrams of rtnetlink(7), whole and damaged.</summary>
public sealed class LinkChangeTests
{
    private const ushort NewLink = 16, DelLink = 17, NewAddress = 20;
    private const byte Bridge = 7; // AF_BRIDGE

    [Fact]
    public void Read_SeveralMessages_LinksInOrder() => Assert.Equal(
        [new LinkChange(5, "eth0", IsGone: false), new LinkChange(6, "veth12", IsGone: true)],
        LinkChange.Read([.. Message(NewLink, 0, 5, "eth0"), .. Message(NewAddress, 0, 5, "eth0"), .. Message(DelLink, Bridge, 5, "eth0"), .. Message(DelLink, 0, 6, "veth12")]));

    [Fact]
    public void Read_TruncatedAnywhere_NoMoreThanWhatIsWhole()
    {
        var datagram = Message(NewLink, 0, 5, "eth0");
        var whole = BinaryPrimitives.ReadInt32LittleEndian(datagram); // what follows is padding
        for (var length = 0; length < whole; length++)
        {
            Assert.Empty(LinkChange.Read(datagram.AsSpan(0, length)));
        }
    }

    [Theory]
    [InlineData(0, 0u)] // a message of no length
    [InlineData(0, 0xffffffffu)]
    [InlineData(32, 0u)] // an attribute of no length
    [InlineData(32, 0xffffu)]
    public void Read_LyingLengths_Nothing(int at, uint value)
    {
        var datagram = Message(NewLink, 0, 5, "eth0");
        if (at == 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(datagram, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(datagram.AsSpan(at), (ushort)value);
        }

        Assert.Empty(LinkChange.Read(datagram));
    }

    private static byte[] Message(ushort type, byte family, int index, string name)
    {
        var text = Encoding.ASCII.GetBytes(name + '\0');
        var message = new byte[(16 + 16 + 4 + text.Length + 3) & ~3];
        BinaryPrimitives.WriteUInt32LittleEndian(message, (uint)(16 + 16 + 4 + text.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), type);
        message[16] = family;
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(20), index);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(32), (ushort)(4 + text.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(34), 3); // IFLA_IFNAME
        text.CopyTo(message, 36);
        return message;
    }
}
