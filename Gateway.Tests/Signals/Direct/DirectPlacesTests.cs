using Gateway.Signals.Direct;
using Xunit;

namespace Gateway.Tests.Signals.Direct;

public sealed class DirectPlacesTests
{
    [Fact]
    public void Take_AndReturn_UsesPlacesAgainSideBySide()
    {
        var places = new DirectPlaces(8);
        Assert.Equal([0, 3, 4], [places.Take(3), places.Take(1), places.Take(4)]);
        Assert.Null(places.Take(1));
        places.Return(3, 1);
        places.Return(0, 3);
        Assert.Null(places.Take(5));
        Assert.Equal(0, places.Take(4));
        Assert.Null(places.Take(1));
    }
}
