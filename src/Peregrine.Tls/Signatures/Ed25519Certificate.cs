using System.Formats.Asn1;

namespace Peregrine.Tls;

/// <summary>
/// Makes the smallest self-signed certificate that our own verification accepts, the same bytes for the same arguments: for simulations.
/// </summary>
internal static class Ed25519Certificate
{
    private const string Ed25519Oid = "1.3.101.112";

    /// <summary>A version 3 certificate for one DNS name.</summary>
    public static byte[] SelfSigned(Ed25519Signer signer, string dnsName, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        var body = ToBeSigned(signer.PublicKey, dnsName, notBefore, notAfter);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(body);
            WriteAlgorithm(writer);
            writer.WriteBitString(signer.Sign(SignatureScheme.Ed25519, body));
        }

        return writer.Encode();
    }

    // RFC 5280 §4.1: version, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, extensions.
    private static byte[] ToBeSigned(byte[] publicKey, string dnsName, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                writer.WriteInteger(2);
            writer.WriteInteger(1);
            WriteAlgorithm(writer);
            WriteName(writer, dnsName);
            using (writer.PushSequence())
            {
                writer.WriteUtcTime(notBefore);
                writer.WriteUtcTime(notAfter);
            }

            WriteName(writer, dnsName);
            using (writer.PushSequence())
            {
                WriteAlgorithm(writer);
                writer.WriteBitString(publicKey);
            }

            WriteSubjectAlternativeName(writer, dnsName);
        }

        return writer.Encode();
    }

    private static void WriteAlgorithm(AsnWriter writer)
    {
        using (writer.PushSequence())
            writer.WriteObjectIdentifier(Ed25519Oid);
    }

    private static void WriteName(AsnWriter writer, string commonName)
    {
        using (writer.PushSequence())
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("2.5.4.3");
            writer.WriteCharacterString(UniversalTagNumber.UTF8String, commonName);
        }
    }

    private static void WriteSubjectAlternativeName(AsnWriter writer, string dnsName)
    {
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 3)))
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("2.5.29.17");
            using (writer.PushOctetString())
            using (writer.PushSequence())
                writer.WriteCharacterString(UniversalTagNumber.IA5String, dnsName, new Asn1Tag(TagClass.ContextSpecific, 2));
        }
    }
}
