using Gateway.Listening;
using Xunit;

namespace Gateway.Tests.Listening;

public sealed class DescriptorLimitTests
{
    [Theory]
    [InlineData("Max open files            1024                 20000                files     ", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files     ", int.MaxValue)]
    [InlineData("Max processes             94523                94523                processes ", int.MaxValue)]
    public void Parse_OfLimits_TheSoftOne(string line, int expected) => Assert.Equal(expected, DescriptorLimit.Parse(["Limit  Soft Limit  Hard Limit  Units", line]));

    [Fact]
    public void Current_HereAndNow_IsSomeNumber() => Assert.InRange(DescriptorLimit.Current, 64, int.MaxValue);
}
