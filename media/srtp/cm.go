// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"hash"
)

const (
	tag80   = 10
	tag32   = 4
	authLen = 20 // session authentication key, RFC 3711 5.2
	// lanes is how many keystream blocks are made before they are combined with the data.
	lanes = 8
)

// cm is AES in counter mode with HMAC-SHA1 (RFC 3711 4.1.1, 4.2.1).
type cm struct {
	block  cipher.Block
	mac    hash.Hash
	salt   [aes.BlockSize]byte // session salt, its last two bytes zero
	tag    int
	rtcp   bool
	iv     [aes.BlockSize]byte
	stream [lanes * aes.BlockSize]byte
	sum    [sha1.Size]byte
	roc    [4]byte
}

func newCM(s Suite, k Key, p protocol) *cm {
	c := &cm{tag: tag80, rtcp: p == rtcpPackets}
	if s == AESCM128SHA1_32 && !c.rtcp { // SRTCP keeps the long tag (RFC 4568 6.2.2)
		c.tag = tag32
	}
	var key [keyLen]byte
	var auth [authLen]byte
	if c.rtcp {
		k.derive(labelRTCPKey, key[:])
		k.derive(labelRTCPAuth, auth[:])
		k.derive(labelRTCPSalt, c.salt[:saltLenCM])
	} else {
		k.derive(labelRTPKey, key[:])
		k.derive(labelRTPAuth, auth[:])
		k.derive(labelRTPSalt, c.salt[:saltLenCM])
	}
	c.block = newAES(key[:])
	c.mac = hmac.New(sha1.New, auth[:])
	return c
}

func (c *cm) overhead() int {
	if c.rtcp {
		return c.tag + indexSize
	}
	return c.tag
}

func (c *cm) seal(dst, p []byte, header int, ssrc uint32, index uint64) []byte {
	start := len(dst)
	dst = append(dst, p...)
	c.xor(dst[start+header:], ssrc, index)
	if c.rtcp {
		dst = binary.BigEndian.AppendUint32(dst, encryptedFlag|uint32(index))
	}
	c.authenticate(dst[start:], index)
	return append(dst, c.sum[:c.tag]...)
}

func (c *cm) open(dst, p []byte, header int, ssrc uint32, index uint64) ([]byte, bool) {
	tag := p[len(p)-c.tag:]
	p = p[:len(p)-c.tag]
	c.authenticate(p, index)
	if subtle.ConstantTimeCompare(tag, c.sum[:c.tag]) != 1 {
		return dst, false
	}
	encrypted := true
	if c.rtcp {
		end := len(p) - indexSize
		encrypted = binary.BigEndian.Uint32(p[end:])&encryptedFlag != 0
		p = p[:end]
	}
	start := len(dst)
	dst = append(dst, p...)
	if encrypted {
		c.xor(dst[start+header:], ssrc, index)
	}
	return dst, true
}

// authenticate leaves the full tag of p in sum. In SRTP the rollover counter follows the packet
// without being sent (RFC 3711 4.2); in SRTCP the index word is a part of p.
func (c *cm) authenticate(p []byte, index uint64) {
	c.mac.Reset()
	c.mac.Write(p)
	if !c.rtcp {
		binary.BigEndian.PutUint32(c.roc[:], uint32(index>>16))
		c.mac.Write(c.roc[:])
	}
	c.mac.Sum(c.sum[:0])
}

// xor encrypts or decrypts data in place: IV = salt*2^16 XOR SSRC*2^64 XOR index*2^16 (RFC 3711
// 4.1.1), its last two bytes counting blocks. crypto/cipher's CTR would be a new object for
// every packet.
func (c *cm) xor(data []byte, ssrc uint32, index uint64) {
	c.iv = c.salt
	high := binary.BigEndian.Uint32(c.iv[4:])
	binary.BigEndian.PutUint32(c.iv[4:], high^ssrc)
	low := binary.BigEndian.Uint64(c.iv[8:])
	low ^= index << 16
	for len(data) > 0 {
		n := 0
		for n < len(data) && n < len(c.stream) {
			binary.BigEndian.PutUint64(c.iv[8:], low)
			c.block.Encrypt(c.stream[n:n+aes.BlockSize], c.iv[:])
			low++ // 2^16 blocks are far more than a packet has
			n += aes.BlockSize
		}
		data = data[subtle.XORBytes(data, data, c.stream[:n]):]
	}
}

// newAES returns AES-128 under a key of the right length.
func newAES(key []byte) cipher.Block {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for key lengths other than 16, 24 and 32
	}
	return block
}
