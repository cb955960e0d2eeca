using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class MemorySizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1048576", 1048576)]
    [InlineData("1048576B", 1048576)]
    [InlineData("512M", 512L << 20)]
    [InlineData("512 MiB", 512L << 20)]
    [InlineData("512mb", 512_000_000)]
    [InlineData("1.5g", 3L << 29)]
    [InlineData("2T", 2L << 40)]
    public void TryParse_Size_IsBytes(string text, long bytes)
    {
        Assert.True(MemorySize.TryParse(text, out var parsed));
        Assert.Equal(bytes, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("-1M")]
    [InlineData("1.2.3M")]
    [InlineData("1X")]
    [InlineData("1MiBs")]
    [InlineData("1e3")]
    [InlineData("99999999T")]
    [InlineData("79228162514264337593543950335T")]
    public void TryParse_NoSize_IsRefused(string text) => Assert.False(MemorySize.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(2L << 30, "2 GiB")]
    public void Format_Bytes_IsShort(long bytes, string text) => Assert.Equal(text, MemorySize.Format(bytes));
}
