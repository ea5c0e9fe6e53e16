namespace Peregrine.Simulation;

public sealed class MixedTests
{
    private static readonly TransferPlan Plan = new(Bidirectional: 4, Unidirectional: 3, BytesPerStream: 20_000, Datagrams: 20);

    [Fact]
    public void A_thousand_seeds_of_a_rough_network_deliver_every_byte_once_and_in_order() =>
        Seeds.Run("*A_thousand_seeds_of_a_rough*", 1, 1_000, seed => MixedScenario.Run(seed, LinkConditions.Rough, Plan));
}
