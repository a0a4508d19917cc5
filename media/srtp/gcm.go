// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

import (
	"crypto/cipher"
	"encoding/binary"
)

const tagGCM = 16

// gcm is AES-GCM (RFC 7714).
type gcm struct {
	aead  cipher.AEAD
	salt  [saltLenGCM]byte
	rtcp  bool
	nonce [saltLenGCM]byte
	aad   [rtcpHeader + indexSize]byte // SRTCP only
}

func newGCM(k Key, p protocol) *gcm {
	var key [keyLen]byte
	var salt [saltLenGCM]byte
	if p == rtcpPackets {
		k.derive(labelRTCPKey, key[:])
		k.derive(labelRTCPSalt, salt[:])
	} else {
		k.derive(labelRTPKey, key[:])
		k.derive(labelRTPSalt, salt[:])
	}
	return gcmOf(key, salt, p)
}

// gcmOf makes the transform from session keys.
func gcmOf(key [keyLen]byte, salt [saltLenGCM]byte, p protocol) *gcm {
	g := &gcm{salt: salt, rtcp: p == rtcpPackets}
	aead, err := cipher.NewGCM(newAES(key[:]))
	if err != nil {
		panic(err) // only for block sizes other than 16
	}
	g.aead = aead
	return g
}

func (g *gcm) overhead() int {
	if g.rtcp {
		return tagGCM + indexSize
	}
	return tagGCM
}

func (g *gcm) seal(dst, p []byte, header int, ssrc uint32, index uint64) []byte {
	g.setNonce(ssrc, index)
	start := len(dst)
	dst = append(dst, p...)
	packet := dst[start:]
	aad := packet[:header]
	if g.rtcp {
		aad = g.rtcpAAD(aad, encryptedFlag|uint32(index))
	}
	dst = g.aead.Seal(dst[:start+header], g.nonce[:], packet[header:], aad)
	if g.rtcp {
		dst = binary.BigEndian.AppendUint32(dst, encryptedFlag|uint32(index))
	}
	return dst
}

func (g *gcm) open(dst, p []byte, header int, ssrc uint32, index uint64) ([]byte, bool) {
	g.setNonce(ssrc, index)
	aad, sealed := p[:header], p[header:]
	if g.rtcp {
		end := len(sealed) - indexSize
		word := binary.BigEndian.Uint32(sealed[end:])
		sealed = sealed[:end]
		if word&encryptedFlag == 0 {
			return g.openClear(dst, p, word)
		}
		aad = g.rtcpAAD(aad, word)
	}
	start := len(dst)
	dst = append(dst, p[:header]...)
	out, err := g.aead.Open(dst, g.nonce[:], sealed, aad)
	if err != nil {
		return dst[:start], false
	}
	return out, true
}

// openClear checks an SRTCP packet that is authenticated only: everything before the tag and the
// index word are associated data (RFC 7714 9.3). No peer known sends it, so it may allocate.
func (g *gcm) openClear(dst, p []byte, word uint32) ([]byte, bool) {
	end := len(p) - indexSize - tagGCM
	readable, tag := p[:end], p[end:end+tagGCM]
	aad := binary.BigEndian.AppendUint32(append([]byte(nil), readable...), word)
	if _, err := g.aead.Open(nil, g.nonce[:], tag, aad); err != nil {
		return dst, false
	}
	return append(dst, readable...), true
}

// rtcpAAD joins the header of an encrypted SRTCP packet and its index word (RFC 7714 9.2).
func (g *gcm) rtcpAAD(header []byte, word uint32) []byte {
	copy(g.aad[:], header)
	binary.BigEndian.PutUint32(g.aad[rtcpHeader:], word)
	return g.aad[:]
}

// setNonce makes the initialisation vector: SSRC and packet index, with zeros between them as
// needed, XOR salt (RFC 7714 8.1 and 9.1).
func (g *gcm) setNonce(ssrc uint32, index uint64) {
	binary.BigEndian.PutUint16(g.nonce[:], 0)
	binary.BigEndian.PutUint32(g.nonce[2:], ssrc)
	binary.BigEndian.PutUint16(g.nonce[6:], uint16(index>>32))
	binary.BigEndian.PutUint32(g.nonce[8:], uint32(index))
	for i, b := range g.salt {
		g.nonce[i] ^= b
	}
}
