using System.Text;
using Gateway.Admin.Webhooks;
using Xunit;

namespace Gateway.Tests.Admin.Webhooks;

public sealed class WebhookQueueTests
{
    private int _last;

    [Fact]
    public void Take_OneOfEachFunctionAtATime_TheOldestFirst()
    {
        var queue = new WebhookQueue(10);
        var (a1, a2, b1, c1) = (Message("a"), Message("A"), Message("b"), Message("c"));
        foreach (var message in (WebhookMessage[])[a1, a2, b1, c1])
        {
            Assert.Null(queue.Add(message));
        }

        Assert.Same(a1, queue.Take(2));
        Assert.Same(b1, queue.Take(2));
        Assert.Null(queue.Take(2));
        queue.Done(b1);
        Assert.Same(c1, queue.Take(2));
        queue.Done(c1);
        Assert.Null(queue.Take(2));
        queue.Done(a1);
        Assert.Same(a2, queue.Take(2));
        Assert.False(queue.IsEmpty);
        queue.Done(a2);
        Assert.True(queue.IsEmpty);
    }

    [Fact]
    public void Add_OverTheBound_DropsTheOldest_AndToAClosedQueue_Itself()
    {
        var queue = new WebhookQueue(2);
        var (one, two, three) = (Message("a"), Message("b"), Message("c"));
        Assert.Null(queue.Add(one));
        Assert.Null(queue.Add(two));
        Assert.Same(one, queue.Add(three));
        Assert.Same(two, queue.Take(9));

        queue.Close();
        var late = Message("d");
        Assert.Same(late, queue.Add(late));
        Assert.Equal(1, queue.Clear());
    }

    // The example of the Standard Webhooks libraries' tests.
    [Fact]
    public void Sign_IsThatOfStandardWebhooks() =>
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            WebhookClient.Sign(Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", Encoding.UTF8.GetBytes("{\"test\": 2432232314}")));

    private WebhookMessage Message(string function) => new($"msg_{++_last}", "/headstart/x", "headstart.function.wake", function, "", new WebhookData("x", function, "Starting", null, null, null, null, null));
}
